package dev.caravan.stomp;

/**
 * How large a frame may be.
 *
 * @param maxHeaders headers in a frame
 * @param maxHeaderLength bytes of one line, name, colon and value, as they were sent
 * @param maxHead bytes of all these lines
 * @param maxBody bytes of a body
 */
public record Limits(int maxHeaders, int maxHeaderLength, int maxHead, int maxBody) {
    /** 64 headers of up to 8 KiB, 64 KiB of them in all, a body of 64 KiB. */
    public static final Limits DEFAULT = new Limits(64, 8 * 1024, 64 * 1024, 64 * 1024);

    public Limits withMaxBody(int bytes) {
        return new Limits(maxHeaders, maxHeaderLength, maxHead, bytes);
    }

    public Limits {
        if (maxHeaders < 1 || maxHeaderLength < 1 || maxHead < 1 || maxBody < 0) {
            throw new IllegalArgumentException("Limits must be positive");
        }
    }
}
