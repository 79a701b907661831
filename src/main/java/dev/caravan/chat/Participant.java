package dev.caravan.chat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * Who is present in a room.
 *
 * @param id tells anonymous clients of one name apart; null for a login, whose name nobody else can have
 */
public record Participant(String name, String id) {
    /** No name has it. */
    private static final char BETWEEN = '\n';

    private static final int ID_BYTES = 12;

    /**
     * The id of the client that knows a secret, the same on all nodes. Everybody may see it; it does not reveal the secret.
     */
    public static String idOf(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, ID_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // each Java has it
        }
    }

    /** As one text, as in cluster messages. */
    public String text() {
        return id == null ? name : name + BETWEEN + id;
    }

    static Participant of(String text) {
        int end = text.indexOf(BETWEEN);
        return end < 0 ? new Participant(text, null) : new Participant(text.substring(0, end), text.substring(end + 1));
    }
}
