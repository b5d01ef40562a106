import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { FailureDto } from './failure.dto.js';

export interface DocsOptions {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** Tag to sentence. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Has the last word: what holds for many operations at once is said here. */
  readonly refine?: (document: OpenAPIObject) => void;
}

/** The OpenAPI document of an app, from its controllers and DTOs. */
export function openApiDocument(app: INestApplication, options: DocsOptions): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(options.title)
    .setDescription(options.description)
    .setVersion(options.version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This service')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT (RFC 9068)' });
  for (const [tag, sentence] of Object.entries(options.tags ?? {})) builder.addTag(tag, sentence);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: [FailureDto],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  options.refine?.(document);
  return document;
}

/** `/docs` for people, `/docs/openapi.json` for programs. */
export function serveDocs(app: INestApplication, options: DocsOptions): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app, options), {
    jsonDocumentUrl: 'docs/openapi.json',
    yamlDocumentUrl: 'docs/openapi.yaml',
  });
}
