package dev.caravan.stomp;

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
        Version best = null;
        for (String one : accepted.split(",")) {
            for (Version version : values()) {
                if (version.text.equals(one.strip()) && (best == null || version.compareTo(best) > 0)) {
                    best = version;
                }
            }
        }
        if (best == null) {
            throw new StompException("Supported protocol versions are 1.0, 1.1 and 1.2");
        }
        return best;
    }
}
