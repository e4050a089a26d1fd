"""The API's own name, with or without client certificates (mutual TLS); ``docs/domain.md`` tells how to set it up."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigatewayv2 as api

from stacks.settings import Domain


def custom_domain(stack: Stack, *, domain: Domain, stage: api.HttpStage) -> None:
    """Have the domain's calls go to the stage. Its outputs are what a DNS record points to."""
    named = api.CfnDomainName(
        stack,
        "Domain",
        domain_name=domain.name,
        domain_name_configurations=[
            api.CfnDomainName.DomainNameConfigurationProperty(
                certificate_arn=domain.certificate, endpoint_type="REGIONAL", security_policy="TLS_1_2"
            )
        ],
        mutual_tls_authentication=_mutual_tls(domain),
    )
    mapping = api.CfnApiMapping(
        stack, "DomainMapping", api_id=stage.api.api_id, domain_name=named.ref, stage=stage.stage_name
    )
    mapping.node.add_dependency(stage)  # its name is a plain text, which orders nothing
    CfnOutput(stack, "DomainTarget", value=named.attr_regional_domain_name)
    CfnOutput(stack, "DomainZone", value=named.attr_regional_hosted_zone_id)


def _mutual_tls(domain: Domain) -> api.CfnDomainName.MutualTlsAuthenticationProperty | None:
    if not domain.truststore:
        return None
    return api.CfnDomainName.MutualTlsAuthenticationProperty(
        truststore_uri=domain.truststore, truststore_version=domain.truststore_version or None
    )
