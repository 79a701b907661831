package dev.caravan.job.webhook;

import java.util.List;

/**
 * Whose signed requests become jobs or events. Immutable.
 *
 * @param scheme how its requests are signed
 * @param job the type of the jobs; null if they become events
 * @param event which events; null if they become jobs
 * @param secrets that requests may be signed with, the newest first
 */
record Hook(String name, Scheme scheme, String job, Webhook.Events event, List<Secret> secrets) {
    private static final String USER = "hook:";

    enum Scheme {
        STANDARD,
        GITHUB
    }

    /** Who submits its jobs; also their tag. */
    String user() {
        return USER + name;
    }
}
