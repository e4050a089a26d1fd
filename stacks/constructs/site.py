"""The portal's one address: the site in a bucket, the portal's API and the gateway, behind CloudFront."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from aws_cdk import CustomResource, Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks.constructs.function import PythonFunction
from stacks.constructs.nag import acknowledge
from stacks.constructs.portal_headers import answer_headers, page_headers
from stacks.settings import Settings
from tiergate.domain.calls import VIA_PORTAL
from tiergate.portal.download import GATEWAY

TIMEOUT = 240
"""Seconds for a site of a few megabytes, or for emptying its bucket."""

PATIENCE = 300
"""Seconds until CloudFormation takes a function that broke off for a failure."""

PAGE = """\
function handler(event) {
  var request = event.request;
  if (request.uri.split('/').pop().indexOf('.') < 0) request.uri = '/index.html';
  return request;
}
"""
"""A path whose last part has no dot is a page, and every page is the same file."""

VIEWER = """\
function handler(event) {
  var request = event.request;
  request.headers['tiergate-viewer-address'] = { value: event.viewer.ip };
  return request;
}
"""
"""The portal's API is told who calls, whatever the caller says."""

CALL = f"""\
function handler(event) {{
  var request = event.request;
  var told = {{ 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' }};
  for (var name in told) {{
    if (request.headers[name] && request.headers[name].value !== told[name]) {{
      return {{ statusCode: 403, statusDescription: 'Forbidden' }};
    }}
  }}
  request.uri = request.uri.slice('{GATEWAY}'.length) || '/';
  return request;
}}
"""
"""The gateway has no prefix. What a browser shows, or fetches for another site, it does not get from here: an answer
could redirect, ask for a password, or set fields that hold for all of the portal."""

TOLD = {VIA_PORTAL: "1"}
"""Header fields for the gateway: it cannot know the addresses of callers from here."""


class Site(Construct):
    """``url``: where people find it, without a slash at the end. ``trying``: whether the gateway answers below
    `GATEWAY`: not where it asks for client certificates, which CloudFront does not pass on, and behind an edge only
    where a domain leads to that.

    ``login``: where people sign in, which the pages speak to.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        portal: api.HttpApi,
        gateway: api.HttpApi,
        login: str,
    ) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self.bucket = self._bucket()
        self._answers = answer_headers(self, settings)
        behaviors = {"/api/*": self._api(_origin(settings, portal), "Viewer", VIEWER)}
        behind = _gateway_origin(settings, gateway)
        self.trying = behind is not None
        if behind is not None:
            behaviors[f"{GATEWAY}/*"] = self._api(behind, "Call", CALL)
        self.distribution = self._distribution(behaviors, login)

    @property
    def url(self) -> str:
        if self._settings.portal:
            return f"https://{self._settings.portal.name}"
        domain = self.distribution.distribution_domain_name
        if not self._settings.local:
            return f"https://{domain}"
        label = Fn.select(0, Fn.split(".", domain))
        return f"http://{label}.cloudfront.localhost:{urlsplit(self._settings.emulator).port}"

    def publish(self, folder: Path, config: Mapping[str, Any], function_package: Path) -> PythonFunction:
        """Have a folder's files served, and ``config`` as ``/config.json``; again when either is another."""
        files = assets.Asset(self, "Files", path=str(folder))
        function = PythonFunction(
            self,
            "Publish",
            settings=self._settings,
            name="site",
            asset=function_package,
            environment={},
            memory=512,
            timeout=TIMEOUT,
        )
        objects = f"{self.bucket.bucket_arn}/*"
        function.allow("s3:GetObject", on=files.bucket.arn_for_objects(files.s3_object_key))
        function.allow("s3:PutObject", "s3:DeleteObject", on=objects)
        function.allow("s3:ListBucket", on=self.bucket.bucket_arn)
        function.allow("cloudfront:CreateInvalidation", on=self.distribution.distribution_arn)
        resource = cast(s3.CfnBucket, self.bucket.node.default_child)
        acknowledge(
            function,
            f"AwsSolutions-IAM5[Resource::<{Stack.of(self).get_logical_id(resource)}.Arn>/*]",
            "The files of the site come and go with it; the bucket has nothing else.",
        )
        published = CustomResource(
            self,
            "Published",
            resource_type="Custom::Site",
            service_token=function.function.function_arn,
            service_timeout=Duration.seconds(PATIENCE),
            properties={
                "Bucket": self.bucket.bucket_name,
                "Distribution": self.distribution.distribution_id,
                "FilesBucket": files.s3_bucket_name,
                "FilesKey": files.s3_object_key,
                "Config": Stack.of(self).to_json_string(dict(config)),
                "Url": self.url,
                "Emptied": json.dumps(not self._settings.retain),
            },
        )
        published.node.add_dependency(function, self.bucket, self.distribution)
        return function

    def _bucket(self) -> s3.Bucket:
        retain = self._settings.retain
        bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=not self._settings.local,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.RETAIN if retain else RemovalPolicy.DESTROY,
        )
        acknowledge(bucket, "AwsSolutions-S1", "Only CloudFront reads it, and what it holds is public by that.")
        if self._settings.local:
            acknowledge(bucket, "AwsSolutions-S10", "On this machine there is no TLS.")
        return bucket

    def _distribution(self, behaviors: Mapping[str, cloudfront.BehaviorOptions], login: str) -> cloudfront.Distribution:
        domain = self._settings.portal
        named: dict[str, Any] = {}
        if domain:
            named = {
                "domain_names": [domain.name],
                "certificate": acm.Certificate.from_certificate_arn(self, "Certificate", domain.certificate),
                "minimum_protocol_version": cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            }
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Tiergate's portal, {self._settings.stage}",
            default_root_object="index.html",
            default_behavior=self._pages(login),
            additional_behaviors=dict(behaviors),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            **named,
        )
        acknowledge(distribution, "AwsSolutions-CFR1", "Partners may be anywhere.")
        acknowledge(distribution, "AwsSolutions-CFR2", "A web ACL is the platform's choice; docs/portal.md says how.")
        acknowledge(
            distribution,
            "AwsSolutions-CFR3",
            "The site is public, and its log would have sign-in codes in it; calls of APIs are in the APIs' own logs.",
        )
        if not domain:
            acknowledge(
                distribution,
                "AwsSolutions-CFR4",
                "CloudFront's own name has CloudFront's own certificate and protocols.",
            )
        if self._settings.local:
            acknowledge(distribution, "AwsSolutions-CFR5", "On this machine there is no TLS.")
        return distribution

    def _pages(self, login: str) -> cloudfront.BehaviorOptions:
        bucket = origins.S3BucketOrigin.with_origin_access_control(
            self.bucket, origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST]
        )
        return cloudfront.BehaviorOptions(
            origin=bucket,
            viewer_protocol_policy=self._protocol(cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            compress=True,
            response_headers_policy=page_headers(self, self._settings, login),
            function_associations=[self._function("Page", PAGE)],
        )

    def _api(self, origin: origins.HttpOrigin, name: str, code: str) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origin,
            viewer_protocol_policy=self._protocol(cloudfront.ViewerProtocolPolicy.HTTPS_ONLY),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            response_headers_policy=self._answers,
            function_associations=[self._function(name, code)],
        )

    def _protocol(self, on_aws: cloudfront.ViewerProtocolPolicy) -> cloudfront.ViewerProtocolPolicy:
        return cloudfront.ViewerProtocolPolicy.ALLOW_ALL if self._settings.local else on_aws

    def _function(self, name: str, code: str) -> cloudfront.FunctionAssociation:
        function = cloudfront.Function(
            self,
            name,
            code=cloudfront.FunctionCode.from_inline(code),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            comment=f"Tiergate's portal: {name.lower()}",
        )
        return cloudfront.FunctionAssociation(event_type=cloudfront.FunctionEventType.VIEWER_REQUEST, function=function)


def _gateway_origin(settings: Settings, gateway: api.HttpApi) -> origins.HttpOrigin | None:
    domain = settings.domain
    if domain and domain.truststore:
        return None
    if settings.edge_secret:
        return origins.HttpOrigin(domain.name, custom_headers=TOLD) if domain else None
    return _origin(settings, gateway, TOLD)


def _origin(settings: Settings, gateway: api.HttpApi, told: Mapping[str, str] | None = None) -> origins.HttpOrigin:
    """An HTTP API as CloudFront reaches it. ``told``: header fields of every request."""
    if settings.local:
        emulator = urlsplit(settings.emulator)
        return origins.HttpOrigin(
            "localhost",
            origin_path=f"/_aws/execute-api/{gateway.api_id}",
            http_port=emulator.port,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTP_ONLY,
            custom_headers=told,
        )
    here = Stack.of(gateway)
    return origins.HttpOrigin(
        f"{gateway.api_id}.execute-api.{here.region}.{here.url_suffix}",
        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
        custom_headers=told,
    )
