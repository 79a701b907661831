package dev.caravan.job;

/**
 * A line that the handler of a job has logged.
 *
 * @param number counts the lines of the job; 0 before it is stored
 * @param at epoch milliseconds, by the clock of the node
 * @param level as the logger names it
 * @param attempt during which it was logged
 */
public record LogLine(long number, long at, String level, int attempt, String text) {
    /** Longer ones are cut, in characters. */
    public static final int LONGEST = 4000;

    public LogLine(long at, String level, int attempt, String text) {
        this(0, at, level, attempt, cut(text));
    }

    private static String cut(String text) {
        if (text.length() <= LONGEST) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(LONGEST - 2)) ? LONGEST - 2 : LONGEST - 1;
        return text.substring(0, end) + "…";
    }
}
