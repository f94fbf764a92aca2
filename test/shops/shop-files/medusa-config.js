// A Medusa shop without an admin's pages. It is copied beside the packages that it needs, and started there.
const { defineConfig } = require('@medusajs/framework/utils');

const nobody = 'http://127.0.0.1';

module.exports = defineConfig({
  admin: { disable: true },
  projectConfig: {
    databaseUrl: process.env.SHOP_DATABASE,
    databaseDriverOptions: { connection: { ssl: false } },
    http: {
      ...{ storeCors: nobody, adminCors: nobody, authCors: nobody },
      ...{ jwtSecret: 'of a test', cookieSecret: 'of a test' },
    },
  },
});
