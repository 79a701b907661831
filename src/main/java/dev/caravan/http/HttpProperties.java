package dev.caravan.http;

/**
 * What a route may know of the client beside the request itself. Properties of the exchange and not headers: nothing that a
 * client sends can set them, and they do not travel into queues.
 */
public final class HttpProperties {
    /** The name of the user who has logged in, a String; absent if nobody has. */
    public static final String USER = "CaravanUser";

    private HttpProperties() {}
}
