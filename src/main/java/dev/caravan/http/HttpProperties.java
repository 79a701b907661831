package dev.caravan.http;

/**
 * Properties of the exchange that describe the client. They are not headers: clients cannot set them, and they do not
 * travel into queues.
 */
public final class HttpProperties {
    /** The name of the user, a String; absent for anonymous clients. */
    public static final String USER = "CaravanUser";

    /** A {@link LineAccess.Client}, on a route that streams. */
    public static final String LINES = "CaravanLines";

    private HttpProperties() {}
}
