// Pays a URL with the stock client of version 2 and prints what came of it. Who may
// sign in tries that before it pays.
import { wrapFetchWithPayment, x402Client } from '@x402/fetch';
import { registerExactEvmScheme } from '@x402/evm/exact/client';
import { createSIWxClientExtension } from '@x402/extensions/sign-in-with-x';
import { privateKeyToAccount } from 'viem/accounts';

const [url, method, key, network, asset, signIn] = process.argv.slice(2);
const client = new x402Client();
const signer = privateKeyToAccount(key);
registerExactEvmScheme(client, { signer });
if (signIn) client.registerExtension(createSIWxClientExtension({ signers: [signer] }));
// Since 2.23 a client pays in tokens it was told of.
client.setSpendControls({ allowedAssets: [{ network, asset, maxAmountPerPayment: '50000000' }] });
let payment = '';
const watched = async (input, init) => {
  const request = new Request(input, init);
  payment = request.headers.get('PAYMENT-SIGNATURE') ?? payment;
  return fetch(request);
};
const answer = await wrapFetchWithPayment(watched, client)(url, { method });
const body = Buffer.from(await answer.arrayBuffer());
console.log(JSON.stringify({
  status: answer.status, type: answer.headers.get('content-type'), etag: answer.headers.get('etag'), token: answer.headers.get('x-auth-token'),
  receipt: answer.headers.get('PAYMENT-RESPONSE'), payment, body: body.toString('base64'),
}));
