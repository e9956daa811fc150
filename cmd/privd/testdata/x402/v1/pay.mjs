// Pays a URL with the stock client of version 1 and prints what came of it.
import { wrapFetchWithPayment } from 'x402-fetch';
import { privateKeyToAccount } from 'viem/accounts';

const [url, method, key] = process.argv.slice(2);
let payment = '';
const watched = async (input, init) => {
  const request = new Request(input, init);
  payment = request.headers.get('X-PAYMENT') ?? payment;
  return fetch(request);
};
const answer = await wrapFetchWithPayment(watched, privateKeyToAccount(key), 100000000n)(url, { method });
const body = Buffer.from(await answer.arrayBuffer());
console.log(JSON.stringify({
  status: answer.status, type: answer.headers.get('content-type'), etag: answer.headers.get('etag'), token: answer.headers.get('x-auth-token'),
  receipt: answer.headers.get('X-PAYMENT-RESPONSE'), payment, body: body.toString('base64'),
}));
