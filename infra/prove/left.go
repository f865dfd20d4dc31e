package main

import "context"

// left lists the claims that this command does not try, or only a part of, with what it takes.
var left = []struct{ claim, why string }{
	{"that functions decrypt their environments by their own role, should Lambda's grant be gone", "CloudTrail tells of it some time later: look there"},
	{"that an own domain leads to the API, and that its old address refuses", "it takes a domain name and its certificate"},
	{"that a refresh token is revoked at sign-out", "it takes a browser and an authenticator app"},
	{"that SES sends, and a provider signs in", "it takes an address that was verified, and a provider"},
	{"that Budgets may publish to the topic", "it takes a day with a budget of 1"},
	{authorizers, "a token of another audience, one without the scope, an expired one: they take a sign-in by a browser"},
	{"that Cognito asks the function `staff`, and does as it says", "it takes a browser and an authenticator app"},
	{"that the data key's policy lets logs, EventBridge and alarms use it", "alarms are tried; look for the first entries of logs and events"},
	{"that a first deployment that failed goes back without asking provision", "it takes a deployment that fails"},
	{"that AWS Backup's role suffices, and the vault is locked", "a vault outlives what is proven here, so it is not deployed"},
	{"throttling, and what retries do", "it takes load"},
	{alarmsFire, "a mail: it takes somebody who confirms the subscription"},
	{"Amazon Linux, cold starts, prices", "they take a measurement, and a bill"},
}

// leave says what is left for a person.
func (p *proof) leave(ctx context.Context) {
	for _, l := range left {
		p.try(ctx, l.claim, "left for you", func(context.Context) error { return skip("%s", l.why) })
	}
}
