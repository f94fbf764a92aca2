// A Vendure shop in a process of its own. It is copied beside the packages that it needs, and started there.
const { bootstrap, LanguageCode, DefaultLogger, LogLevel } = require('@vendure/core');

const { SHOP_PORT, SHOP_DATABASE, SHOP_PASSWORD } = process.env;

bootstrap({
  logger: new DefaultLogger({ level: LogLevel.Warn }),
  apiOptions: { hostname: '127.0.0.1', port: Number(SHOP_PORT), adminApiPath: 'admin-api' },
  authOptions: {
    tokenMethod: ['bearer', 'api-key'],
    superadminCredentials: { identifier: 'superadmin', password: SHOP_PASSWORD },
  },
  dbConnectionOptions: { type: 'better-sqlite3', database: SHOP_DATABASE, synchronize: true, logging: false },
  customFields: {
    ProductVariant: [
      {
        name: 'catalogSyncVersion',
        type: 'int',
        nullable: true,
        public: false,
        label: [{ languageCode: LanguageCode.en, value: 'Version of catalog-sync' }],
      },
    ],
  },
  paymentOptions: { paymentMethodHandlers: [] },
  plugins: [],
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
