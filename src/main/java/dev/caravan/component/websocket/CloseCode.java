package dev.caravan.component.websocket;

/** The codes of RFC 6455, section 7.4.1, with which this component closes connections. */
public final class CloseCode {
    public static final int GOING_AWAY = 1001;

    /** Never on the wire: the connection has ended without a Close. */
    public static final int NO_CLOSE = 1006;

    public static final int BAD_PAYLOAD = 1007;
    public static final int POLICY_VIOLATION = 1008;
    public static final int MESSAGE_TOO_LARGE = 1009;

    private CloseCode() {}
}
