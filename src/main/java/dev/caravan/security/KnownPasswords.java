package dev.caravan.security;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Caches which passwords were right: scripts send theirs with every request, and bcrypt takes a tenth of a second on
 * purpose. The cache holds, for a few minutes and in this process only, a keyed digest that reveals neither password
 * nor hash. Thread-safe.
 */
final class KnownPasswords {
    private static final String MAC = "HmacSHA256";
    private static final Duration KNOWN = Duration.ofMinutes(5);
    private static final int MOST = 1_000;

    /** Of futures: a slow check inside the cache would delay those of other passwords. */
    private final AsyncCache<String, Boolean> known =
            Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(KNOWN).buildAsync();

    private final ThreadLocal<Mac> macs;

    KnownPasswords() {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        SecretKeySpec key = new SecretKeySpec(random, MAC);
        macs = ThreadLocal.withInitial(() -> mac(key));
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether this password was right recently; costs next to nothing. */
    boolean isKnown(String password, String encoded) {
        return known.synchronous().getIfPresent(digest(password, encoded)) != null;
    }

    /**
     * Runs a check of a password that is not known. Several at once for the same password run it once, if it succeeds.
     *
     * @param check throws if the password is wrong; that is not remembered
     */
    void learn(String password, String encoded, Runnable check) {
        String digest = digest(password, encoded);
        CompletableFuture<Boolean> own = new CompletableFuture<>();
        for (CompletableFuture<Boolean> first = null; first != own; ) {
            first = known.get(digest, (key, executor) -> own);
            if (first == own) {
                run(check, own);
            } else if (first.handle((right, failure) -> failure == null).join()) {
                return;
            }
        }
    }

    private static void run(Runnable check, CompletableFuture<Boolean> done) {
        try {
            check.run();
            done.complete(true);
        } catch (RuntimeException | Error e) {
            done.completeExceptionally(e); // and so it is forgotten
            throw e;
        }
    }

    private String digest(String password, String encoded) {
        Mac mac = macs.get();
        mac.update(encoded.getBytes(StandardCharsets.UTF_8));
        mac.update((byte) 0);
        return Base64.getEncoder().encodeToString(mac.doFinal(password.getBytes(StandardCharsets.UTF_8)));
    }
}
