package faifo;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.edc.iam.did.spi.document.Service;
import org.eclipse.edc.identityhub.spi.authentication.ParticipantSecureTokenService;
import org.eclipse.edc.identityhub.spi.credential.request.model.RequestedCredential;
import org.eclipse.edc.identityhub.spi.participantcontext.ParticipantContextService;
import org.eclipse.edc.identityhub.spi.participantcontext.model.KeyDescriptor;
import org.eclipse.edc.identityhub.spi.participantcontext.model.ParticipantManifest;
import org.eclipse.edc.identityhub.spi.verifiablecredentials.CredentialRequestManager;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/** One participant in an IdentityHub, and what a test asks of it: /sts, /request and /state. */
public class HubExtension implements ServiceExtension {
    private static final String PARTICIPANT = "member";
    private static final String SCOPE = "org.eclipse.edc.vc.type:MembershipCredential:read";

    private String did;
    private String wallet;
    private String metadata;
    private int port;
    private HttpServer server;

    @Inject
    private ParticipantContextService participants;
    @Inject
    private CredentialRequestManager requests;
    @Inject
    private ParticipantSecureTokenService tokens;

    @Override
    public void initialize(ServiceExtensionContext context) {
        did = context.getSetting("faifo.did", null);
        wallet = context.getSetting("faifo.wallet", null);
        metadata = context.getSetting("faifo.metadata", null);
        port = context.getSetting("faifo.port", 0);
    }

    @Override
    public void start() {
        KeyDescriptor key = KeyDescriptor.Builder.newInstance().keyId(did + "#key-1").privateKeyAlias("key-1")
                .keyGeneratorParams(Map.of("algorithm", "EC", "curve", "secp256r1")).active(true).build();
        ParticipantManifest manifest = ParticipantManifest.Builder.newInstance()
                .participantContextId(PARTICIPANT).did(did).active(true).key(key).roles(List.of("admin"))
                .serviceEndpoint(new Service(did + "#credentials", "CredentialService", wallet))
                .serviceEndpoint(new Service(did + "#dsp", "DataService", metadata)).build();
        participants.createParticipantContext(manifest)
                .orElseThrow(failure -> new IllegalStateException(failure.getFailureDetail()));
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        server.createContext("/", this::answer);
        server.start();
    }

    @Override
    public void shutdown() {
        if (server != null) {
            server.stop(0);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        int status = 200;
        String text;
        try {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Map<String, String> given = new HashMap<>();
            JSONObjectUtils.parse(body).forEach((name, value) -> given.put(name, value.toString()));
            text = switch (exchange.getRequestURI().getPath()) {
                case "/sts" -> token(given);
                case "/request" -> request(given);
                default -> requests.findById(given.get("holderPid")).stateAsString();
            };
        } catch (Exception e) {
            status = 500;
            text = e.toString();
        }
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, content.length);
        exchange.getResponseBody().write(content);
        exchange.close();
    }

    private String token(Map<String, String> given) {
        Map<String, String> claims = Map.of("iss", did, "sub", did, "aud", given.get("aud"));
        return tokens.createToken(PARTICIPANT, claims, SCOPE)
                .orElseThrow(failure -> new IllegalStateException(failure.getFailureDetail())).getToken();
    }

    private String request(Map<String, String> given) {
        RequestedCredential wanted =
                new RequestedCredential(given.get("id"), given.get("type"), given.get("format"));
        return requests.initiateRequest(PARTICIPANT, given.get("issuer"), given.get("holderPid"), List.of(wanted))
                .orElseThrow(failure -> new IllegalStateException(failure.getFailureDetail()));
    }
}
