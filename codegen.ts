import type { CodegenConfig } from '@graphql-codegen/cli';
import { preset as clientPreset } from '@graphql-codegen/client-preset';

/**
 * The client preset reduced to graphql.ts: we import each document by its name. The `graphql()` look-up by
 * source text and the barrel that the preset adds would only make the client larger.
 */
const documentsByName: typeof clientPreset = {
  ...clientPreset,
  buildGeneratesSection: async (options) =>
    (await clientPreset.buildGeneratesSection(options)).filter((file) =>
      file.filename.endsWith('/graphql.ts'),
    ),
};

const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'src/client/*.graphql',
  importExtension: '.ts',
  generates: {
    'src/client/generated/': {
      preset: documentsByName,
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        skipTypeNameForRoot: true,
        immutableTypes: true,
        strictScalars: true,
        scalars: { ID: 'string', JSON: 'unknown', DateTime: 'string', URL: 'string', Cursor: 'string' },
      },
    },
  },
};

export default config;
