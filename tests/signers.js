// Random requests, signed by two others' signers (smithy, aws4) and by ours.
//
// node signers.js [SEED] > REQUESTS: one a line for tests/signer.c, with the
// member "want" for what it must answer: "same SIGNATURE" or "verified".
const aws4 = require('aws4');
const { SignatureV4 } = require('@smithy/signature-v4');
const { Sha256 } = require('@aws-crypto/sha256-js');

let seed = Number(process.argv[2] || 1);
const random = (n) => {
	seed = (seed * 1103515245 + 12345) % 2147483648;
	return Math.floor(seed / 2147483648 * n);
};
const pick = (list) => list[random(list.length)];
const strict = (s) => encodeURIComponent(s).replace(/[!'()*]/g,
    (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());

const PATHS = ['/', '/2015-03-31/functions/f/invocations',
	'/2015-03-31/functions/f%3Alive/invocations',
	'/2015-03-31/functions/arn:aws:lambda:eu-north-1:1:function:f/invocations',
	'/2015-03-31/functions/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Af%3A1/invocations',
	'/a//b/./c/../d/', '/a%20b/%25/~-._/@$&=;,!*()', '/%E2%82%AC', '/a/b/'];
const S3_PATHS = ['/', '/bucket/a%20b%2Bc', '/b/%E2%82%AC/x~y'];
const WORDS = ['', 'a', 'b', 'Qualifier', '$LATEST', 'x y', 'ä€', 'a/b', 'a=b',
	'a&b', '~-._', "!*'()", '%41', 'A-B', 'a:b', '0'];
const VALUES = ['x', ' padded ', 'two  words', 'a,b', '"quoted   blanks"',
	'tab\there', 'Event', '1'];

// A query as [name, value] pairs, names once each, and as it is sent.
function query(plain) {
	const pairs = new Map();
	for (let n = random(5); n > 0; n--)
		pairs.set(pick(WORDS) || 'empty', pick(WORDS));
	const sent = [...pairs].map(([k, v]) => {
		const encode = plain ? strict : pick([strict, encodeURIComponent]);
		return v === '' && !plain && random(2) ? encode(k) :
		    `${encode(k)}=${encode(v)}`;
	}).join('&');
	return { pairs, sent };
}

function request(service) {
	const headers = { Host: pick(['h.example.com', '127.0.0.1:9001']),
		'Content-Type': 'application/json' };
	for (let n = random(4); n > 0; n--)
		headers[pick(['X-A', 'X-A-B', 'x-b', 'X-Amz-Invocation-Type',
		    'X-Amz-Log-Type', 'x-Zz', 'X-A-'])] = pick(VALUES);
	return { method: pick(['POST', 'GET', 'PUT', 'DELETE']),
		path: pick(service === 's3' ? S3_PATHS : PATHS),
		headers, body: pick(['', '{}', '{"ä":"€"}', 'x'.repeat(5000)]),
		token: pick([undefined, 'tok/en+==']), service,
		region: pick(['us-east-1', 'eu-north-1']) };
}

function put(r, q, headers, time, more) {
	console.log(JSON.stringify({ method: r.method, path: r.path,
		query: q.sent, body: r.body,
		headers: Object.entries(headers).map(([k, v]) => [k, String(v)]),
		region: r.region, service: r.service, access: 'AKIDEXAMPLE',
		secret: 'wJalr/XUtn+FEMI', token: r.token, time, ...more }));
}

async function smithy(r, q, time, hash) {
	const signer = new SignatureV4({ service: r.service, region: r.region,
		sha256: Sha256, uriEscapePath: r.service !== 's3',
		applyChecksum: hash, credentials: { accessKeyId: 'AKIDEXAMPLE',
			secretAccessKey: 'wJalr/XUtn+FEMI',
			sessionToken: r.token } });
	const signed = await signer.sign({ method: r.method, protocol: 'https:',
		hostname: 'h', path: r.path, query: Object.fromEntries(q.pairs),
		headers: { ...r.headers }, body: r.body },
	    { signingDate: new Date(time * 1000) });
	const a = signed.headers.authorization || signed.headers.Authorization;
	put(r, q, r.headers, time, { hash, want: 'same ' + a });
	put(r, q, signed.headers, time, { verify: true, want: 'verified' });
}

function other(r, q, time) {
	const date = new Date(time * 1000).toISOString()
	    .replace(/[-:]|\.\d+/g, '');
	const o = aws4.sign({ method: r.method, service: r.service,
		region: r.region, host: r.headers.Host, body: r.body,
		path: r.path + (q.sent ? '?' + q.sent : ''),
		headers: { ...r.headers, 'X-Amz-Date': date } },
	    { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalr/XUtn+FEMI',
		sessionToken: r.token });
	put(r, q, o.headers, time, { verify: true, want: 'verified' });
}

async function main() {
	for (let i = 0; i < 200; i++) {
		const service = pick(['lambda', 'execute-api', 's3']);
		const time = 1440938160 + random(1e8);
		const r = request(service);

		await smithy(r, query(false), time,
		    service === 's3' || random(2) === 1);
		other(r, query(true), time);
	}
}

main().catch((e) => {
	console.error(e);
	process.exit(1);
});
