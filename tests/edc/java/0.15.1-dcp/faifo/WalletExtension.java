package faifo;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.edc.iam.decentralizedclaims.spi.SecureTokenService;
import org.eclipse.edc.policy.context.request.spi.RequestCatalogPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestContractNegotiationPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestTransferProcessPolicyContext;
import org.eclipse.edc.policy.engine.spi.PolicyEngine;
import org.eclipse.edc.policy.model.Policy;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.runtime.metamodel.annotation.Provider;
import org.eclipse.edc.spi.iam.TokenRepresentation;
import org.eclipse.edc.spi.result.Result;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/** Takes the place of the remote secure token service, which Maven Central does not serve. */
public class WalletExtension implements ServiceExtension, SecureTokenService {
    private static final String SCOPE = "org.eclipse.edc.vc.type:MembershipCredential:read";

    private final HttpClient http = HttpClient.newHttpClient();
    private String address;

    @Inject
    private PolicyEngine policyEngine;

    @Override
    public void initialize(ServiceExtensionContext context) {
        address = context.getSetting("faifo.sts", null);
        policyEngine.registerPostValidator(RequestCatalogPolicyContext.class, this::asked);
        policyEngine.registerPostValidator(RequestContractNegotiationPolicyContext.class, this::asked);
        policyEngine.registerPostValidator(RequestTransferProcessPolicyContext.class, this::asked);
    }

    @Provider
    public SecureTokenService secureTokenService() {
        return this;
    }

    private boolean asked(Policy policy, RequestPolicyContext context) {
        context.requestScopeBuilder().scope(SCOPE);
        return true;
    }

    @Override
    public Result<TokenRepresentation> createToken(String participant, Map<String, Object> claims, String scope) {
        Map<String, Object> wanted = new HashMap<>(claims);
        if (scope != null) {
            wanted.put("scope", scope);
        }
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                    .POST(HttpRequest.BodyPublishers.ofString(JSONObjectUtils.toJSONString(wanted))).build();
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200
                    ? Result.success(TokenRepresentation.Builder.newInstance().token(answer.body()).build())
                    : Result.failure("the token service answered " + answer.statusCode());
        } catch (Exception e) {
            return Result.failure(e.toString());
        }
    }
}
