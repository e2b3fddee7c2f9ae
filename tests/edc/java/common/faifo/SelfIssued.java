package faifo;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Self-issued ES256 tokens (DCP 1.0 §4.3.1) and the did:web document that proves them. */
public final class SelfIssued {
    private static final List<String> USES =
            List.of("authentication", "assertionMethod", "capabilityInvocation");

    private final String did;
    private final String keyId;
    private final ECKey key;
    private final String metadata;
    private final HttpClient http = HttpClient.newHttpClient();
    private HttpServer server;

    /** `metadata` is the address of the connector's version document. */
    public SelfIssued(String did, String metadata) throws JOSEException {
        this.did = did;
        this.keyId = did + "#key-1";
        this.key = new ECKeyGenerator(Curve.P_256).keyID(keyId).generate();
        this.metadata = metadata;
    }

    public void serve(int port) throws IOException {
        byte[] body = JSONObjectUtils.toJSONString(document()).getBytes(StandardCharsets.UTF_8);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/.well-known/did.json", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/did+json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    public void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    public String token(String audience) throws JOSEException {
        Instant now = Instant.now();
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .issuer(did).subject(did).audience(audience).jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(now)).expirationTime(Date.from(now.plusSeconds(300))).build();
        SignedJWT token =
                new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(keyId).build(), claims);
        token.sign(new ECDSASigner(key));
        return token.serialize();
    }

    /** Returns the DID that `text` proves; every failure is an exception. */
    public String proven(String text) throws Exception {
        SignedJWT token = SignedJWT.parse(text.startsWith("Bearer ") ? text.substring(7) : text);
        JWTClaimsSet claims = token.getJWTClaimsSet();
        String subject = claims.getSubject();
        check(subject != null && subject.equals(claims.getIssuer()), "iss is not sub");
        check(claims.getAudience().equals(List.of(did)), "aud is " + claims.getAudience());
        check(claims.getExpirationTime().after(new Date()), "the token has expired");
        check(token.verify(new ECDSAVerifier(keyOf(subject, token.getHeader().getKeyID()))), "signature");
        return subject;
    }

    private ECKey keyOf(String subject, String kid) throws Exception {
        check(subject.startsWith("did:web:") && !subject.substring(8).contains(":"), subject);
        String host = URLDecoder.decode(subject.substring(8), StandardCharsets.UTF_8);
        URI uri = URI.create("http://" + host + "/.well-known/did.json");
        String body = http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString()).body();
        Map<String, Object> document = JSONObjectUtils.parse(body);
        for (Map<String, Object> method : JSONObjectUtils.getJSONObjectArray(document, "verificationMethod")) {
            if (kid.equals(method.get("id")) || kid.equals(subject + method.get("id"))) {
                return JWK.parse(JSONObjectUtils.getJSONObject(method, "publicKeyJwk")).toECKey();
            }
        }
        throw new IllegalArgumentException("no key " + kid);
    }

    private Map<String, Object> document() {
        Map<String, Object> method = Map.of("id", keyId, "type", "JsonWebKey2020", "controller", did,
                "publicKeyJwk", key.toPublicJWK().toJSONObject());
        Map<String, Object> service =
                Map.of("id", did + "#dsp", "type", "DataService", "serviceEndpoint", metadata);
        Map<String, Object> document = new java.util.TreeMap<>(Map.of("@context",
                List.of("https://www.w3.org/ns/did/v1"), "id", did,
                "verificationMethod", List.of(method), "service", List.of(service)));
        USES.forEach(use -> document.put(use, List.of(keyId)));
        return document;
    }

    private static void check(boolean good, String what) {
        if (!good) {
            throw new IllegalArgumentException(what);
        }
    }
}
