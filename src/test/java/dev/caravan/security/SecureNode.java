package dev.caravan.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.caravan.fixture.InProcessNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;

/** Nodes with users of their own; who says by a header of a proxy that it comes from elsewhere does. */
final class SecureNode {
    static final String PASSWORD = "secret";
    private static final String ENCODED =
            PasswordEncoderFactories.createDelegatingPasswordEncoder().encode(PASSWORD);
    private static final KeyPair KEYS = keys();

    private SecureNode() {}

    /** With ada (user), olga (operator) and root (admin), and tokens signed with {@link #token}. */
    static InProcessNode withUsers(String... more) throws IOException {
        Path key = Files.createTempFile("caravan-key", ".pem");
        key.toFile().deleteOnExit();
        Files.writeString(
                key,
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(KEYS.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");
        return InProcessNode.start(Stream.concat(
                        Stream.of(
                                "--caravan.users[0].name=ada",
                                "--caravan.users[0].password={noop}" + PASSWORD,
                                "--caravan.users[1].name=Olga",
                                "--caravan.users[1].password=" + ENCODED,
                                "--caravan.users[1].roles=operator",
                                "--caravan.users[2].name=root",
                                "--caravan.users[2].password={noop}" + PASSWORD,
                                "--caravan.users[2].roles=admin",
                                "--spring.security.oauth2.resourceserver.jwt.public-key-location=file:" + key),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    /** A token for a name with these roles, for so many seconds from now. */
    static String token(String name, List<String> roles, int seconds) {
        return token(name, roles, seconds, "caravan");
    }

    static String token(String name, List<String> roles, int seconds, String audience) {
        try {
            SignedJWT token = new SignedJWT(
                    new JWSHeader(JWSAlgorithm.RS256),
                    new JWTClaimsSet.Builder()
                            .subject(name)
                            .audience(audience)
                            .claim("roles", roles)
                            .expirationTime(Date.from(Instant.now().plusSeconds(seconds)))
                            .build());
            token.sign(new RSASSASigner(KEYS.getPrivate()));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
