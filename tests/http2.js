// An HTTP/2 server with TLS that answers when N requests are there at a time:
// node http2.js CERTIFICATE N; prints its port, then a line for each connection
// and for each request.
const fs = require('fs');
const http2 = require('http2');

const pem = fs.readFileSync(process.argv[2]);
const wanted = Number(process.argv[3]);
const server = http2.createSecureServer({ key: pem, cert: pem });
const waiting = [];

server.on('session', () => console.log('connection'));
server.on('stream', (stream) => {
	stream.on('error', () => {});
	stream.resume();
	stream.on('end', () => {
		console.log('request');
		if (waiting.push(stream) < wanted)
			return;
		for (const s of waiting) {
			s.respond({ ':status': 200, 'x-amz-function-error': 'x' });
			s.end('{"errorType":"Function.HubUnreachable",' +
			    '"errorMessage":"all at a time"}');
		}
	});
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
