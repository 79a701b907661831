package dev.caravan.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many of something each user has at this moment on this node, and how many one may have. Those who have not logged in
 * are one user. Thread-safe.
 */
public final class PerUserLimit {
    private final int most;
    private final Map<String, Integer> taken = new ConcurrentHashMap<>();

    /** @param most how many one user may have; 0: any number */
    public PerUserLimit(int most) {
        this.most = most;
    }

    /** Takes one more for a user, who is null if nobody has logged in. False if the user has as many as one may have. */
    public boolean take(String user) {
        int now = taken.merge(name(user), 1, Integer::sum);
        if (most > 0 && now > most) {
            giveBack(user);
            return false;
        }
        return true;
    }

    /** To be called once for each one that was taken. */
    public void giveBack(String user) {
        taken.computeIfPresent(name(user), (name, now) -> now == 1 ? null : now - 1);
    }

    private static String name(String user) {
        return user == null ? "" : user;
    }
}
