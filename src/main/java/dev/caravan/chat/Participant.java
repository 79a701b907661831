package dev.caravan.chat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * Who is in a room.
 *
 * @param id tells strangers of one name apart; null for somebody who has logged in, whose name no one else can have
 */
public record Participant(String name, String id) {
    /** No name has it. */
    private static final char BETWEEN = '\n';

    private static final int ID_BYTES = 12;

    /**
     * The id of who knows a secret, the same on all nodes: everybody may see the id, and nobody finds the secret by it.
     */
    public static String idOf(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, ID_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // each Java has it
        }
    }

    /** As one text, as nodes tell each other. */
    public String text() {
        return id == null ? name : name + BETWEEN + id;
    }

    static Participant of(String text) {
        int end = text.indexOf(BETWEEN);
        return end < 0 ? new Participant(text, null) : new Participant(text.substring(0, end), text.substring(end + 1));
    }
}
