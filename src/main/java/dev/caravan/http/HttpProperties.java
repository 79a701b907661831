package dev.caravan.http;

/**
 * Properties of the exchange that describe the client. They are not headers: clients cannot set them, and they do not
 * travel into queues.
 */
public final class HttpProperties {
    /** The name of the user, a String; absent for anonymous clients. */
    public static final String USER = "CaravanUser";

    /** Whether the user has the role operator or admin, and so may act on what belongs to others: a Boolean; absent for no. */
    public static final String OPERATOR = "CaravanOperator";

    /** A {@link LineAccess.Client}, on a route that streams. */
    public static final String LINES = "CaravanLines";

    private HttpProperties() {}
}
