// A server on loopback: handlers by path give {status, type, body, headers}; what they throw is a 400 with its answer.
import {createServer} from 'node:http';

export function serve(handle) {
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) {
      parts.push(part);
    }
    const url = new URL(request.url, `http://${request.headers.host}`);
    let answer;
    try {
      answer = await handle({
        method: request.method, path: url.pathname, url, headers: new Headers(request.headers),
        body: Buffer.concat(parts).toString('utf8')
      });
    } catch(error) {
      const status = error.status ?? 400;
      answer = {status, body: error.errorResponse ?? {error: 'invalid_request', error_description: error.message}};
    }
    const {status = 200, type = 'application/json', body = {}, headers = {}} = answer;
    response.writeHead(status, {'content-type': type, 'cache-control': 'no-store', ...headers});
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return new Promise(done => {
    server.listen(0, '127.0.0.1', () => done(server.address().port));
  });
}
