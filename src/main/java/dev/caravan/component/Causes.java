package dev.caravan.component;

/** What a failure was caused by. */
public final class Causes {
    /** How many are looked at: a chain of causes may be a circle. */
    private static final int MOST = 20;

    private Causes() {}

    /** Whether a failure is another one, or was caused by it. */
    public static boolean has(Throwable failure, Throwable cause) {
        int looked = 0;
        for (Throwable each = failure; each != null && looked < MOST; each = each.getCause(), looked++) {
            if (each == cause) {
                return true;
            }
        }
        return false;
    }
}
