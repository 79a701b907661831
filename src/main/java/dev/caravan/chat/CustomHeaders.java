package dev.caravan.chat;

import dev.caravan.stomp.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The user-defined headers of a SEND, which all subscribers get with the message. STOMP 1.1 and
 * 1.2: "The user defined headers MUST be passed through in the MESSAGE frame". No state.
 */
public final class CustomHeaders {
    /** Of one message: as many headers, and as many characters of all names and values. The history keeps them, too. */
    static final int MOST = 16;

    static final int LONGEST = 2048;

    /** Of STOMP, of Caravan, and credentials as HTTP has them. In lower case. */
    private static final Set<String> RESERVED = Set.of(("accept-version ack content-length content-type destination"
                    + " heart-beat host id login message message-id passcode receipt receipt-id server session"
                    + " subscription transaction version"
                    + " history prefetch-count sender sender-id sender-secret sent-at time user-name"
                    + " authorization cookie x-xsrf-token")
            .split(" "));

    private static final String RESERVED_PREFIX = "caravan-";

    private CustomHeaders() {}

    /**
     * In their order; of those with the same name the first, which is the one that counts (STOMP 1.2, repeated header
     * entries).
     *
     * @throws MessageRejected if they are more or longer than may be
     */
    public static List<Frame.Header> of(Frame send) throws MessageRejected {
        List<Frame.Header> own = List.of();
        int length = 0;
        for (Frame.Header header : send.headers()) {
            if (isReserved(header.name()) || has(own, header.name())) {
                continue;
            }
            length += header.name().length() + header.value().length();
            if (own.size() == MOST || length > LONGEST) {
                throw new MessageRejected(
                        "A message may have " + MOST + " headers of its own, of " + LONGEST + " characters in all");
            }
            own = own.isEmpty() ? new ArrayList<>(4) : own;
            own.add(header);
        }
        return own;
    }

    /** Those of a message that a route, or another service, has published: what has another meaning does not go out. */
    static List<Frame.Header> of(Map<String, String> headers) {
        List<Frame.Header> own = new ArrayList<>(headers.size());
        headers.forEach((name, value) -> {
            if (!isReserved(name)) {
                own.add(new Frame.Header(name, value));
            }
        });
        return own;
    }

    private static boolean isReserved(String name) {
        String lower = name.toLowerCase(Locale.ROOT); // the same string for most
        return RESERVED.contains(lower) || lower.startsWith(RESERVED_PREFIX);
    }

    private static boolean has(List<Frame.Header> headers, String name) {
        return headers.stream().anyMatch(header -> header.name().equals(name));
    }
}
