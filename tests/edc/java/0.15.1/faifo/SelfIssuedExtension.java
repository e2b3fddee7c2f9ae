package faifo;

import org.eclipse.edc.protocol.spi.DefaultParticipantIdExtractionFunction;
import org.eclipse.edc.runtime.metamodel.annotation.Provider;
import org.eclipse.edc.spi.iam.AudienceResolver;
import org.eclipse.edc.spi.iam.ClaimToken;
import org.eclipse.edc.spi.iam.IdentityService;
import org.eclipse.edc.spi.iam.TokenParameters;
import org.eclipse.edc.spi.iam.TokenRepresentation;
import org.eclipse.edc.spi.iam.VerificationContext;
import org.eclipse.edc.spi.result.Result;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/** Takes the place of iam-mock, whose tokens are bare JSON. */
public class SelfIssuedExtension implements ServiceExtension, IdentityService {
    private SelfIssued own;

    @Override
    public void initialize(ServiceExtensionContext context) {
        try {
            own = new SelfIssued(context.getSetting("edc.participant.id", null), context.getSetting("faifo.metadata", null));
            own.serve(context.getSetting("faifo.did.port", 0));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void shutdown() {
        own.stop();
    }

    @Provider
    public IdentityService identityService() {
        return this;
    }

    @Provider
    public AudienceResolver audienceResolver() {
        return message -> Result.success(message.getCounterPartyId());
    }

    @Provider
    public DefaultParticipantIdExtractionFunction participantId() {
        return token -> token.getStringClaim("client_id");
    }

    @Override
    public Result<TokenRepresentation> obtainClientCredentials(String context, TokenParameters parameters) {
        try {
            String token = "Bearer " + own.token(parameters.getStringClaim("aud"));
            return Result.success(TokenRepresentation.Builder.newInstance().token(token).build());
        } catch (Exception e) {
            return Result.failure(e.toString());
        }
    }

    @Override
    public Result<ClaimToken> verifyJwtToken(
            String participant, TokenRepresentation token, VerificationContext context) {
        try {
            String did = own.proven(token.getToken());
            return Result.success(ClaimToken.Builder.newInstance().claim("client_id", did).build());
        } catch (Exception e) {
            return Result.failure(e.toString());
        }
    }
}
