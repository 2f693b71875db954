// The packages from where they are installed; those of OpenID may use http, which is loopback's here.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const require = createRequire(`${process.argv[2]}/package.json`);
const load = name => import(pathToFileURL(require.resolve(name)));

export const [jose, oauth2, vci, vp, sdJwtVc, mdoc] = await Promise.all([
  load('jose'), load('@openid4vc/oauth2'), load('@openid4vc/openid4vci'), load('@openid4vc/openid4vp'),
  load('@sd-jwt/sd-jwt-vc'), load('@owf/mdoc')
]);
vci.setGlobalConfig({allowInsecureUrls: true});
