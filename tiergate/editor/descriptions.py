"""What each key of the policy files means, in the words that editors show; by model and key."""

from collections.abc import Mapping

DEFAULTS = {
    "owner": "Who answers for the API: a name, a mailing list, a channel.",
    "timeout": "Seconds for the whole call to the upstream: 1 to 27.",
    "mode": (
        "managed: through the proxy, which explains every refusal. direct: API Gateway calls the upstream itself "
        "(docs/direct-mode.md)."
    ),
    "cors": "Web pages that may call the API from a browser.",
    "accepts": (
        "key: API keys. token: access tokens of an issuer in issuers/. either: one or the other. both: the two "
        "together, of one application."
    ),
    "addresses": "Networks that calls may come from, and those that they may not.",
    "subjects": "Subjects of client certificates that calls may be made with, each in quotes; needs mutual TLS.",
    "public_plan": "The plan that limits calls without a credential, each address for itself.",
    "upstream_auth": "What proves the gateway to the upstream: one of four ways (docs/upstream-authentication.md).",
    "cost": "Units of the caller's limits that each call of an operation takes: 1 to 1,000,000.",
}

DESCRIPTIONS: Mapping[str, Mapping[str, str]] = {
    "Defaults": DEFAULTS,
    "Api": DEFAULTS
    | {
        "title": "What people call it. Default: the title of its OpenAPI document.",
        "state": "draft: not served. published: served. deprecated: served, and its end announced. retired: 410.",
        "deprecation": "When and how a deprecated or retired version ends (docs/lifecycle.md).",
        "upstream": "Where its calls go: https://…, http://…, lambda:<folder in lambdas/> or lambda:<function ARN>.",
        "isolated": "A proxy function of its own, so that an upstream in trouble does not take the others' instances.",
        "concurrency": "Instances reserved for that function, in the stage prod: 1 to 1000. Needs isolated.",
        "private": "The upstream is inside a VPC, whose subnets and security groups the deploy is given.",
        "listener": "With mode: direct and private: the ARN of the listener or service that the VPC link goes to.",
        "operations": "Operations that differ from the API, by their operationId.",
    },
    "OperationPolicy": {
        "cost": "Units that a call of it takes, in place of the API's cost.",
        "public": "It needs no credential; calls without one count on the API's public_plan.",
        "timeout": "Seconds for its calls to the upstream, in place of the API's timeout.",
    },
    "Cors": {
        "origins": 'scheme://host[:port] as browsers send it, or ["*"].',
        "headers": "Request fields that pages may send, besides those that the gateway knows.",
        "expose": "Fields of answers that pages may read, besides those of the gateway.",
        "credentials": 'Whether browsers may send cookies; not with "*".',
        "max_age": "Seconds for which a browser keeps a preflight's answer: 0 to 86400.",
    },
    "Addresses": {
        "allow": "Networks in CIDR notation or single addresses; anywhere where it is left out.",
        "deny": "Networks that calls may not come from; goes before allow.",
    },
    "UpstreamAuth": {
        "header": "A field with a secret of Secrets Manager.",
        "sigv4": "A signature of the proxy's role (AWS Signature Version 4).",
        "oauth": "An access token by the client credentials grant.",
        "identity": "A token that the gateway signs, which says who calls.",
    },
    "Header": {
        "name": "The field's name.",
        "secret": "The whole ARN of a secret in Secrets Manager; never the secret itself.",
        "member": "Which member of the secret, where that is a JSON object.",
        "prefix": 'What stands before the secret, in quotes where it ends in a space: "Bearer ".',
    },
    "SigV4": {
        "service": "The service that is called.",
        "region": "Its region, such as eu-west-1.",
        "resource": "The ARN that the proxy's role may call; all else is denied.",
    },
    "OAuth": {
        "token_url": "Where tokens are got.",
        "client_id": "The gateway's id there.",
        "secret": "The whole ARN of a secret in Secrets Manager; never the secret itself.",
        "member": "Which member of the secret, where that is a JSON object.",
        "scopes": "Scopes to ask for.",
        "audience": "The audience to ask for.",
    },
    "Identity": {
        "audience": "What the tokens are for: the upstream looks for it in aud.",
        "header": "The field that has the token.",
        "lifetime": "Seconds for which a token is good: 60 to 3600.",
    },
    "Deprecation": {
        "date": "Since when it is deprecated, a date; it may lie ahead. Midnight UTC.",
        "sunset": "Until when it answers at least, a date. Midnight UTC.",
        "successor": "What to call instead: an API version such as bank/v2, or an address.",
        "guide": "The address of a page on how to move.",
        "brownouts": "Times in which calls are refused on purpose, so that those who read no notices notice.",
        "grace_days": "Days for which it answers 410 after the sunset, once it is retired.",
    },
    "Brownout": {
        "start": "A time of UTC, such as 2027-05-04T09:00:00Z.",
        "minutes": "How long: 1 to 240.",
    },
    "Platform": {
        "name": 'Shown in refusals; printable ASCII without " and \\.',
        "support": "Where refusals send people who need help.",
        "failure": "What holds while the tables cannot be read or written; a plan's own keys go before these.",
        "identity_key": "The number of the key that identity tokens are signed with; raise it by one to rotate.",
        "imported_keys": "true: keys of other gateways are good here once they are imported: tiergate key import.",
        "rest_apis": "REST APIs that products sell too, by names of your own (docs/rest-apis.md).",
        "defaults": "What every API version has that does not say otherwise: keys of api.yaml.",
    },
    "RestApi": {
        "id": "The id that API Gateway gave it; left out, an environment has none of it.",
        "stage": "Its stage, such as prod.",
        "hourly": "day: hourly quotas become 24 times as much a day there. Default: they are not held to there.",
    },
    "Failure": {
        "rule": "closed: calls whose limits cannot be checked are refused. open: units of them pass.",
        "units": "With open: units that each instance lets through unchecked, a subscription and clock hour.",
        "grace": "Seconds for which a known key is believed beyond its 30 in the cache: 0 to 3600.",
    },
    "Plan": {
        "title": "What people call it.",
        "description": "For whom it is.",
        "limits": "How much may be called; nothing is limited where it is empty.",
        "failure": "What holds while the tables cannot be read or written, in place of the platform's.",
        "price": "What it costs; for people alone.",
        "approval": "automatic: whoever asks has it. manual: somebody says yes.",
        "support": "What help belongs to it.",
    },
    "Limits": {
        "mode": "exact: one write a call. leased: units are taken ahead. off: calls are only counted.",
        "rate": "A token bucket.",
        "quota": "Units in each calendar window, UTC.",
    },
    "Rate": {
        "per_second": "Units that come back each second.",
        "burst": "Units that can be had at once.",
    },
    "Quota": {
        "hour": "Units in a clock hour.",
        "day": "Units in a day.",
        "month": "Units in a month.",
    },
    "Price": {
        "amount": 'In quotes, such as "190" or "190.50".',
        "currency": "Three capital letters, such as EUR.",
        "per": "How often it is due.",
    },
    "Product": {
        "title": "What people call it.",
        "description": "What it is good for.",
        "apis": "API versions that it sells: <api>/<version>.",
        "rest_apis": "REST APIs that it sells, by their names in platform.yaml.",
        "plans": "Plans on offer, by the names of their files.",
        "defaults": "What its API versions have that do not say otherwise, before the platform's: keys of api.yaml.",
    },
    "Issuer": {
        "title": "What people call it.",
        "cognito": "A user pool that the deploy makes; {} for the defaults.",
        "issuer": "The iss of its tokens, to the letter.",
        "jwks": "Where its keys are; found by its metadata where it is left out.",
        "algorithms": "Algorithms of signatures that are accepted.",
        "audience": "One of these must be among a token's aud.",
        "tokens": "access: only what says that it is an access token. any: also what does not say what it is.",
        "client": "The claim that has the client's id.",
        "scope": "The claim that has the scopes.",
        "scope_prefix": "What its scopes begin with, before the names in the documents.",
        "require": "Claims that a token must have, with their values.",
        "stale": "Seconds for which keys that cannot be fetched again are believed: 900 to 86400.",
    },
    "Cognito": {
        "resource_server": "What scopes in its tokens begin with, before a slash.",
        "token_minutes": "How long a token lasts: 5 to 1440.",
    },
    "Portal": {
        "name": "What the portal is called. Default: the platform's name.",
        "url": "Where the portal is, for the links of its feed.",
        "headline": "The first words of the first page.",
        "intro": "What stands below them: a few sentences; Markdown of one paragraph.",
        "logo": "A file in portal/, SVG or PNG, of at most 100,000 bytes.",
        "colours": "Of what can be clicked; checked for contrast.",
        "links": "At the foot of every page, at most 12.",
        "texts": "What the platform says in its own words.",
        "categories": "What cards say above an API's title, by the API's name.",
        "sign_up": "Who may sign up.",
        "try": "Keys that anybody gets for 15 minutes without signing up; none where it is left out.",
    },
    "Colours": {
        "accent": 'In the light theme: "#4338ca", in quotes.',
        "accent_dark": 'In the dark theme: "#a5b4fc", in quotes.',
    },
    "Link": {
        "title": "What the link says.",
        "url": "Where it leads: an address of http or https.",
    },
    "Texts": {
        "sign_up": "Shown to those who are about to sign up.",
        "upgrade": "Shown to those who are about to ask for a larger plan.",
        "footer": "At the foot of every page: a company's name and address.",
    },
    "SignUp": {
        "domains": "Of the mail addresses that may sign up; any where there are none.",
    },
    "Try": {
        "product": "The product whose APIs such a key opens.",
        "plan": "One of the product's plans, whose limits it has where none are given here.",
        "scopes": "Scopes that it has.",
        "rate": "How fast calls with one key may come, in place of the plan's rate.",
        "quota": "How many calls each such key has, in place of the plan's quota.",
    },
    "Waivers": {
        "waivers": "Findings that are accepted for a while.",
    },
    "Waiver": {
        "rule": "The rule's name, as tiergate lint prints it.",
        "api": "The API version: <api>/<version>.",
        "operation": "One operation only, by its operationId.",
        "path": "One place of the document only, as a JSON pointer: /components/schemas/Money.",
        "owner": "Who answers for it.",
        "reason": "Why it may be so for now.",
        "expires": "The last day on which it holds (UTC): 2027-01-31.",
    },
    "Environment": {
        "platform": "What stands in platform.yaml instead.",
        "portal": "What stands in portal.yaml instead.",
        "issuers": "What stands in files of issuers/ instead, by their names.",
        "plans": "What stands in files of plans/ instead, by their names.",
        "products": "What stands in files of products/ instead, by their names.",
        "apis": "What stands in api.yaml files instead, by <api>/<version>.",
    },
}
