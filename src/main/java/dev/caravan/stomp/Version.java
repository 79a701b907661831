package dev.caravan.stomp;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The versions of STOMP. They differ in how headers are escaped, which headers are there, and how frames are acknowledged. */
public enum Version {
    V1_0("1.0"),
    V1_1("1.1"),
    V1_2("1.2");

    private final String text;

    Version(String text) {
        this.text = text;
    }

    /** As the header {@code version} has it. */
    public String text() {
        return text;
    }

    /**
     * The newest version that the client speaks too (STOMP 1.2, protocol negotiation).
     *
     * @param accepted the header {@code accept-version} of the client: versions, newest last or not, with commas
     *     between; null if there is none, which means 1.0
     * @throws StompException if there is none in common; its message names what is spoken here
     */
    public static Version negotiate(String accepted) throws StompException {
        if (accepted == null) {
            return V1_0;
        }
        List<String> spoken =
                Arrays.stream(accepted.split(",")).map(String::strip).toList();
        return Arrays.stream(values())
                .filter(version -> spoken.contains(version.text))
                .max(Comparator.naturalOrder())
                .orElseThrow(() -> new StompException("Supported protocol versions are 1.0, 1.1 and 1.2"));
    }
}
