import { provide } from '@gatehouse/nest-kit';
import { Module } from '@nestjs/common';
import { UserRepository } from '../users/user-repository.port.js';
import { ShowProfile } from './show-profile.js';
import { VerifyController } from './verify.controller.js';

@Module({ controllers: [VerifyController], providers: [provide(ShowProfile, [UserRepository])] })
export class VerifyModule {}
