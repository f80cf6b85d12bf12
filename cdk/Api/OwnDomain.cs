using Amazon.CDK;
using Amazon.CDK.AWS.Apigatewayv2;
using Constructs;

namespace Lace.Cdk.Api;

/// <summary>The API under a name of the operator's: API, page and badge alike. Regional, so that no request passes through another region.</summary>
internal sealed class OwnDomain : Construct
{
    public OwnDomain(Construct scope, (string Name, string CertificateArn) domain, string apiId, string stage)
        : base(scope, "Domain")
    {
        var name = new CfnDomainName(
            this,
            "Name",
            new CfnDomainNameProps
            {
                DomainName = domain.Name,
                DomainNameConfigurations = new[]
                {
                    new CfnDomainName.DomainNameConfigurationProperty
                    {
                        CertificateArn = domain.CertificateArn,
                        EndpointType = "REGIONAL",
                        SecurityPolicy = "TLS_1_2",
                    },
                },
            }
        );
        _ = new CfnApiMapping(
            this,
            "Mapping",
            new CfnApiMappingProps
            {
                DomainName = name.Ref,
                ApiId = apiId,
                Stage = stage,
            }
        );
        _ = new CfnOutput(
            scope,
            "DomainTarget",
            new CfnOutputProps
            {
                Value = name.AttrRegionalDomainName,
                Description = $"{domain.Name} is a CNAME of this, set by hand",
            }
        );
    }
}
