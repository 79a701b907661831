package dev.caravan.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts how many of something each user has on this node, against a limit. All anonymous clients count as one user.
 * Thread-safe.
 */
public final class PerUserLimit {
    private final int most;
    private final Map<String, Integer> taken = new ConcurrentHashMap<>();

    /** @param most how many one user may have; 0: any number */
    public PerUserLimit(int most) {
        this.most = most;
    }

    /** Takes one more for a user, null for anonymous clients. False if the user has reached the limit. */
    public boolean take(String user) {
        int now = taken.merge(name(user), 1, Integer::sum);
        if (most > 0 && now > most) {
            giveBack(user);
            return false;
        }
        return true;
    }

    /** Must be called once for each one taken. */
    public void giveBack(String user) {
        taken.computeIfPresent(name(user), (name, now) -> now == 1 ? null : now - 1);
    }

    private static String name(String user) {
        return user == null ? "" : user;
    }
}
