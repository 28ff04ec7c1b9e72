// s3rver.js DIR BUCKET... PORTFILE: s3rver (NODE_PATH says where), which keeps
// these buckets in DIR, on a port of 127.0.0.1, which PORTFILE is given.  It knows
// whose key a signature is made with, but does not compute those of version 4.
const fs = require('fs');
const S3rver = require('s3rver');

const [directory, ...buckets] = process.argv.slice(2);
const portfile = buckets.pop();
new S3rver({
	address: '127.0.0.1',
	port: 0,
	silent: true,
	directory,
	allowMismatchedSignatures: false,
	configureBuckets: buckets.map(name => ({ name, configs: [] })),
}).run().then(({ port }) => {
	fs.writeFileSync(portfile + '.tmp', port + '\n');
	fs.renameSync(portfile + '.tmp', portfile);
});
