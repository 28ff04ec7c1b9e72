// A function of sv on another implementation of the Runtime API than ours:
// node fun.js DIRECTORY < EVENTS, one a line; prints what each comes to.
const { createFunction, invoke } = require('@vercel/fun');
const readline = require('readline');

async function main() {
	const fn = await createFunction({
		Code: { Directory: process.argv[2] },
		Handler: 'worker', Runtime: 'provided', MemorySize: 256,
		Environment: { Variables: { SV_CONNECT_TIMEOUT: '2' } },
	});
	try {
		for await (const line of readline.createInterface(
		    { input: process.stdin })) {
			const r = await fn.invoke({
				InvocationType: 'RequestResponse', Payload: line });
			console.log(`${r.FunctionError || 'answer'} ${r.Payload}`);
		}
	} finally {
		await fn.destroy();
	}
}

main().then(() => process.exit(0), (e) => {
	console.error(e);
	process.exit(1);
});
