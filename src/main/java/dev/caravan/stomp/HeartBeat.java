package dev.caravan.stomp;

/**
 * Who sends something how often (STOMP 1.1 and 1.2, heart-beating).
 *
 * @param outgoingMillis the longest silence that this side promises; 0: it promises nothing
 * @param incomingMillis the longest silence that this side wants of the other; 0: it wants nothing
 */
public record HeartBeat(int outgoingMillis, int incomingMillis) {
    public static final HeartBeat NONE = new HeartBeat(0, 0);

    /**
     * Reads the header {@code heart-beat} of the other side.
     *
     * @param header two whole numbers with a comma between; null means none, as the specification says
     * @throws StompException if it is anything else
     */
    public static HeartBeat parse(String header) throws StompException {
        if (header == null) {
            return NONE;
        }
        int comma = header.indexOf(',');
        if (comma < 0) {
            throw new StompException("heart-beat must be two numbers with a comma between");
        }
        return new HeartBeat(millis(header.substring(0, comma)), millis(header.substring(comma + 1)));
    }

    private static int millis(String text) throws StompException {
        String digits = text.strip();
        boolean number = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!number || digits.length() > 18) {
            throw new StompException("heart-beat must be two numbers with a comma between");
        }
        return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(digits));
    }

    /** What holds on this side's connection: the longer of what one side promises and the other wants, 0 if one says 0. */
    public HeartBeat with(HeartBeat other) {
        return new HeartBeat(both(outgoingMillis, other.incomingMillis), both(incomingMillis, other.outgoingMillis));
    }

    private static int both(int promised, int wanted) {
        return promised == 0 || wanted == 0 ? 0 : Math.max(promised, wanted);
    }

    /** As the header has it. */
    @Override
    public String toString() {
        return outgoingMillis + "," + incomingMillis;
    }
}
