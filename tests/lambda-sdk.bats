# sv-lambda as the AWS SDK for JavaScript sees it.  The SDK comes from the
# registry that npm is set up with, once, into the user's cache.

setup() {
	load jobs.bash
	load functions.bash
	load clients.bash
	load npm.bash
	npm_packages @aws-sdk/client-lambda@3.1164.0
	jobs_setup
	clients_setup
	limit=100
	cat >common.js <<'END'
const assert = require("assert");
const fs = require("fs");
const sdk = require("@aws-sdk/client-lambda");
const c = new sdk.LambdaClient({ endpoint: process.env.AWS_ENDPOINT_URL,
    maxAttempts: 1 });
const ask = (name, input) => c.send(new sdk[name + "Command"](input));
const read = (r) => JSON.parse(Buffer.from(r.Payload).toString());
const call = (input) => ask("Invoke", { FunctionName: "f", ...input });
const make = (more) => ask("CreateFunction", { FunctionName: "f",
    Runtime: "provided.al2023", Handler: "h", Architectures: ["x86_64"],
    Role: "arn:aws:iam::000000000000:role/r", Timeout: 20,
    Code: { ZipFile: fs.readFileSync("function.zip") }, ...more });
const refused = (kind, promise) => assert.rejects(promise, (e) => {
	assert.ok(e instanceof sdk[kind], e.name + ": " + e.message);
	assert.ok(e.message.length > 5 && e.$metadata.requestId);
	return true;
});
END
}

teardown() {
	jobs_teardown
}

# Run the standard input as the body of an asynchronous function.
node_with() {
	{ cat common.js; echo '(async () => {'; cat
	echo '})().catch((e) => { console.error(e); process.exit(1); });'
	} >test.js
	cloud 'node test.js' "$@"
	[ "$status" -eq 0 ]
	nothing_left
}

@test "the life of a function, with the SDK" {
	function_make second.zip 2
	node_with <<'END'
let r = await make({ Environment: { Variables: { COLOUR: "blue" } } });
assert.equal(r.State, "Pending");
await sdk.waitUntilFunctionActiveV2({ client: c, maxWaitTime: 30,
    minDelay: 1 }, { FunctionName: "f" });
r = await call({ Payload: JSON.stringify({ a: "\u00fc" }), LogType: "Tail" });
assert.equal(r.StatusCode, 200);
assert.equal(r.ExecutedVersion, "$LATEST");
assert.equal(r.FunctionError, undefined);
assert.equal(read(r).event.a, "\u00fc");
assert.match(Buffer.from(r.LogResult, "base64").toString(), /^REPORT /m);
r = await call({ InvocationType: "Event",
    Payload: JSON.stringify({ file: process.cwd() + "/done" }) });
assert.equal(r.StatusCode, 202);
for (let i = 0; i < 200 && !fs.existsSync("done"); i++)
	await new Promise((done) => setTimeout(done, 100));
assert.ok(fs.existsSync("done"));
r = await call({ Payload: JSON.stringify({ fail: "no" }) });
assert.equal(r.FunctionError, "Unhandled");
assert.equal(read(r).errorMessage, "no");
r = await ask("UpdateFunctionCode", { FunctionName: "f",
    ZipFile: fs.readFileSync("second.zip"), Publish: true });
assert.equal(r.Version, "1");
await sdk.waitUntilFunctionUpdatedV2({ client: c, maxWaitTime: 30,
    minDelay: 1 }, { FunctionName: "f" });
r = await call({ Payload: "1", Qualifier: "1" });
assert.equal(read(r).version, 2);
r = await ask("CreateFunctionUrlConfig", { FunctionName: "f",
    AuthType: "NONE", InvokeMode: "BUFFERED" });
assert.equal(r.InvokeMode, "BUFFERED");
r = await ask("PutFunctionEventInvokeConfig", { FunctionName: "f",
    MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
assert.ok(r.LastModified instanceof Date && r.MaximumRetryAttempts === 0);
r = await ask("ListFunctions", {});
assert.deepEqual(r.Functions.map((f) => f.FunctionName), ["f"]);
r = await ask("ListVersionsByFunction", { FunctionName: "f" });
assert.deepEqual(r.Versions.map((f) => f.Version), ["$LATEST", "1"]);
r = await ask("GetAccountSettings", {});
assert.equal(r.AccountLimit.ConcurrentExecutions, 1000);
await ask("DeleteFunction", { FunctionName: "f" });
await refused("ResourceNotFoundException", call({}));
END
}

@test "errors are of the SDK's classes" {
	printf 'AKIDEXAMPLE secret\n' >keys
	export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret
	node_with -F f=function.zip --keys keys <<'END'
await refused("ResourceNotFoundException",
    ask("GetFunction", { FunctionName: "no" }));
await refused("ResourceConflictException", make({}));
await refused("InvalidRequestContentException", call({ Payload: "{" }));
await refused("RequestTooLargeException",
    call({ Payload: "1".repeat(6291457) }));
await refused("InvalidParameterValueException",
    make({ FunctionName: "g", Code: { ZipFile: Buffer.from("no") } }));
await refused("PreconditionFailedException", ask("UpdateFunctionCode",
    { FunctionName: "f", ZipFile: fs.readFileSync("function.zip"),
    RevisionId: "00000000-0000-0000-0000-000000000000" }));
await ask("PutFunctionConcurrency", { FunctionName: "f",
    ReservedConcurrentExecutions: 0 });
await refused("TooManyRequestsException", call({ Payload: "1" }));
await call({ Payload: "1" }).catch((e) => assert.equal(e.Reason,
    "ReservedFunctionConcurrentInvocationLimitExceeded"));
const other = new sdk.LambdaClient({ endpoint: process.env.AWS_ENDPOINT_URL,
    maxAttempts: 1, credentials: { accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wrong" } });
await assert.rejects(other.send(new sdk.ListFunctionsCommand({})),
    (e) => e.name === "InvalidSignatureException" &&
    e.$metadata.httpStatusCode === 403);
END
}
