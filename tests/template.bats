# The CloudFormation template: whole, and no wider than it has to be.

bats_require_minimum_version 1.5.0

setup() {
	/usr/bin/python3 -c 'import yaml' 2>/dev/null ||
	    skip "python3-yaml is not installed"
	cd "$BATS_TEST_TMPDIR" || return 1
	template=$SV_SRCDIR/lambda-layer/template.yaml
	check="/usr/bin/python3 $SV_SRCDIR/tests/template.py"
}

# value FILTER: what jq finds in the template.
value() {
	$check -j "$template" | jq -c "$1"
}

@test "all that it names is there, and all that is there is used" {
	run $check "$template"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the check finds what is wrong" {
	local what edit
	while IFS='|' read -r what edit; do
		sed "$edit" "$template" >wrong.yaml
		run cmp -s "$template" wrong.yaml
		echo "$edit"
		[ "$status" -eq 1 ]
		run $check wrong.yaml
		echo "$status: $output"
		[ "$status" -eq 1 ]
		[[ $output == *"$what"* ]]
	done <<-'END'
		no Rolle|s/GetAtt Role.Arn/GetAtt Rolle.Arn/
		has no Ar|s/GetAtt Role.Arn/GetAtt Role.Ar/
		no Functionn|s/{Function.Arn}/{Functionn.Arn}/
		no Apii|s/{Api}.exec/{Apii}.exec/
		no condition HasUri|s/Condition: HasUrl/Condition: HasUri/
		Url may not be there|0,/Condition: HasUrl/ s/Condition: HasUrl/Condition: HasApi/
		Code is missing|/Code:/d
		no property Memory|s/MemorySize: !Ref/Memory: !Ref/
		Timeout is not used|/Timeout: !Ref/d
		no default|s/Default: x86_64/Default: x86/
		out of range|s/Default: 900/Default: 901/
		is there twice|s/^  Log:$/  Function: {}\n  Log:/
		no section|s/^Outputs:/Output:/
		expected ','|s/Log.Arn$/[Log.Arn/
	END
}

# The part of the AWS CLI that is at work in aws cloudformation package, with
# a bucket that takes all.
@test "the AWS CLI puts the zip's address into it" {
	PYTHONPATH=/usr/lib/python3/dist-packages /usr/bin/python3 -c '
import awscli.customizations.cloudformation' 2>/dev/null ||
	    skip "awscli is not installed"
	mkdir layer
	cp "$template" layer
	printf 'PK\005\006' >layer/function.zip
	head -c 18 /dev/zero >>layer/function.zip
	/usr/bin/python3 - layer >packaged.yaml <<-'END'
		import os
		import sys
		from awscli.customizations.cloudformation import (
		    artifact_exporter, yamlhelper)
		class Uploader:
		    def upload_with_dedup(self, path, extension=None):
		        assert os.path.basename(path) == "function.zip", path
		        return "s3://bucket/key"
		sys.stdout.write(yamlhelper.yaml_dump(artifact_exporter.Template(
		    "template.yaml", os.path.abspath(sys.argv[1]),
		    Uploader()).export()))
	END
	template=packaged.yaml
	run value .Resources.Function.Properties.Code
	echo "$output"
	[ "$output" = '{"S3Bucket":"bucket","S3Key":"key"}' ]
	run $check packaged.yaml
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the function may write its log and nothing else" {
	run value '[.Resources.Role.Properties.Policies[] |
	    select(.PolicyName).PolicyDocument.Statement[]]'
	echo "$output"
	[ "$output" = '[{"Effect":"Allow","Action":["logs:CreateLogStream",'`
	    `'"logs:PutLogEvents"],"Resource":{"Fn::GetAtt":["Log","Arn"]}}]' ]
	run value '[.Resources.Role.Properties.Policies[] |
	    select(.PolicyName | not)["Fn::If"] |
	    .[0], [.[1].PolicyDocument.Statement[] | .Effect], .[2]]'
	echo "$output"
	[ "$output" = '["InVpc",["Allow","Deny"],{"Ref":"AWS::NoValue"}]' ]
}

@test "nothing is open to everybody" {
	run value '[.Resources[] | select(.Type == "AWS::Lambda::Url" or
	    .Type == "AWS::ApiGateway::Method").Properties |
	    .AuthType // .AuthorizationType]'
	echo "$output"
	[ "$output" = '["AWS_IAM","AWS_IAM"]' ]
	run value '[.Resources[] | select(.Type == "AWS::Lambda::Permission") |
	    .Properties.Principal]'
	echo "$output"
	[[ $output != *'"*"'* ]]
	run value '[.Resources[] | select(.Type == "AWS::Lambda::Permission") |
	    .Properties | .FunctionUrlAuthType // .InvokedViaFunctionUrl //
	    (.SourceArn | type)]'
	echo "$output"
	[ "$output" = '["AWS_IAM",true,"object"]' ]
}

@test "Lambda starts nothing twice, and the gateway does not wait" {
	run value '.Resources.Asynchronous.Properties |
	    [.MaximumRetryAttempts, .MaximumEventAgeInSeconds, .Qualifier]'
	[ "$output" = '[0,60,"$LATEST"]' ]
	run value '.Resources.ApiMethod.Properties.Integration |
	    [.Type, .IntegrationHttpMethod, .PassthroughBehavior,
	    .RequestParameters]'
	echo "$output"
	[ "$output" = '["AWS","POST","WHEN_NO_MATCH",{"integration.request.'`
	    `'header.X-Amz-Invocation-Type":"'"'Event'"'"}]' ]
}
