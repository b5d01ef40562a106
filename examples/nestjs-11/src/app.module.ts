import { SessionGuard, SessionValidatorModule } from '@gatehouse/session-validator/nest';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AppController } from './app.controller';
import { AppService } from './app.service';

@Module({
  imports: [SessionValidatorModule.forRoot()],
  controllers: [AppController],
  providers: [AppService, { provide: APP_GUARD, useExisting: SessionGuard }],
})
export class AppModule {}
