"""Direct APIs: API Gateway calls the upstream itself; parameter mapping says who calls and what is left."""

from typing import cast
from urllib.parse import urlsplit

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration, HttpUrlIntegration
from constructs import Construct

from stacks.constructs.mapping import request_parameters, response_parameters
from stacks.constructs.upstreams import UpstreamFunctions
from stacks.serving import Serving
from stacks.settings import Settings

BELOW = "/${request.path.proxy}"
"""The path below an API's base, as API Gateway names it."""

INTEGRATION = "Direct"


class DirectApis(Construct):
    """Routes of direct APIs. ``authorizer`` denies where a managed API's explains.

    A route is made as a managed one is, so that it is the same resource when an API's mode changes: CloudFormation
    would otherwise make a second route of the same key first, which API Gateway refuses.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        gateway: api.HttpApi,
        authorizer: api.IHttpRouteAuthorizer,
        upstreams: UpstreamFunctions,
    ) -> None:
        super().__init__(scope, id_)
        self._settings, self._gateway, self._upstreams = settings, gateway, upstreams
        self._authorizer = authorizer
        self._link: api.CfnVpcLink | None = None

    def add(self, served: Serving) -> None:
        """Two routes and their integrations: a path parameter exists on one of them only."""
        base = "" if served.function else urlsplit(served.upstream).path.rstrip("/")
        for route, path in zip(served.paths, (base or "/", base + BELOW), strict=True):
            (made,) = self._gateway.add_routes(
                path=route,
                methods=[api.HttpMethod.ANY],
                integration=self._integration(served, route),
                authorizer=self._authorizer,
            )
            resource = cast(api.CfnIntegration, made.node.find_child(INTEGRATION).node.default_child)
            resource.response_parameters = response_parameters(served.lifecycle)
            host = self._through_link(resource, served) if served.private and not self._settings.local else None
            resource.request_parameters = request_parameters(path, prefix=served.paths[0], host=host)

    def _integration(self, served: Serving, route: str) -> api.HttpRouteIntegration:
        timeout = Duration.millis(round(served.timeout * 1000))
        if served.function is None:
            url = urlsplit(served.upstream)
            return HttpUrlIntegration(INTEGRATION, f"{url.scheme}://{url.netloc}", timeout=timeout)
        function = lambda_.Function.from_function_attributes(
            self,
            f"{served.id}-{'Below' if route == served.paths[1] else 'Base'}",
            function_arn=self._upstreams.arn(served.function),
            same_environment=True,  # or no permission to invoke it would be made
        )
        return HttpLambdaIntegration(INTEGRATION, function, timeout=timeout)

    def _through_link(self, integration: api.CfnIntegration, served: Serving) -> str:
        """Have the calls go to the listener; returns the name that the upstream is asked by."""
        url = urlsplit(served.upstream)
        integration.connection_type, integration.connection_id = "VPC_LINK", self._vpc_link().ref
        integration.integration_uri = served.listener
        if url.scheme == "https":
            integration.tls_config = api.CfnIntegration.TlsConfigProperty(server_name_to_verify=url.hostname)
        return url.netloc

    def _vpc_link(self) -> api.CfnVpcLink:
        """One for all of the stack: an account has ten of them in a region."""
        network = self._settings.network
        assert network is not None  # noqa: S101 - the stack has refused private APIs without one
        if self._link is None:
            self._link = api.CfnVpcLink(
                self,
                "VpcLink",
                name=self._settings.prefix,
                subnet_ids=[*network.subnets],
                security_group_ids=[*network.security_groups],
            )
        return self._link
