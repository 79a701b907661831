package dev.caravan.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a reader of a tour does next.
 *
 * @param kind what that is
 * @param text the command, or the name of the file
 * @param shown what the tour shows beside it: the output of the command, lines of a log, the content of the file
 */
record TourStep(Kind kind, String text, String shown) {
    enum Kind {
        /** Types a command, and waits for its end. */
        COMMAND,
        /** Presses Ctrl-C in the terminals in which nodes run. */
        INTERRUPT,
        /** Looks at the log of the node. */
        LOG,
        /** Saves a file. */
        FILE
    }

    private static final Pattern FENCE = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");
    private static final Pattern FILE = Pattern.compile("`([\\w/.-]+\\.yaml)`[^`]*\\z");
    private static final String PROMPT = "$ ";
    /** A block of these stands without a prompt, so that it can be copied. */
    private static final String MAVEN = "./mvnw ";

    /** The steps between two headings, in their order. */
    static List<TourStep> of(String document, String from, String to) {
        String tour = document.substring(document.indexOf(from), document.indexOf(to));
        List<TourStep> steps = new ArrayList<>();
        Matcher fence = FENCE.matcher(tour);
        int before = 0;
        while (fence.find()) {
            String words = tour.substring(before, fence.start());
            before = fence.end();
            String block = fence.group(2);
            if (fence.group(1).equals("yaml")) {
                steps.add(new TourStep(Kind.FILE, fileIn(words), block));
            } else if (block.startsWith(MAVEN)) {
                session(block.replaceAll("(?m)^(.+?) +#.*$", "\\$ $1"), steps);
            } else if (block.startsWith(PROMPT) || block.startsWith("^C")) {
                session(block, steps);
            } else {
                steps.add(new TourStep(Kind.LOG, "", block));
            }
        }
        return steps;
    }

    private static String fileIn(String words) {
        Matcher file = FILE.matcher(words);
        if (!file.find()) {
            throw new IllegalArgumentException("A file is named before its content, not: " + words);
        }
        return file.group(1);
    }

    /** A command goes on in the next line after a backslash; what follows is its output. */
    private static void session(String block, List<TourStep> steps) {
        List<String> commands = new ArrayList<>();
        List<StringBuilder> outputs = new ArrayList<>();
        boolean goesOn = false;
        for (String line : block.split("\n")) {
            int last = commands.size() - 1;
            if (goesOn) {
                commands.set(last, commands.get(last) + "\n" + line);
            } else if (line.startsWith(PROMPT) || line.equals("^C")) {
                commands.add(line);
                outputs.add(new StringBuilder());
            } else {
                outputs.get(last).append(line).append('\n');
            }
            goesOn = (goesOn || line.startsWith(PROMPT)) && line.endsWith("\\");
        }
        for (int i = 0; i < commands.size(); i++) {
            String command = commands.get(i);
            steps.add(
                    command.equals("^C")
                            ? new TourStep(Kind.INTERRUPT, "", "")
                            : new TourStep(
                                    Kind.COMMAND,
                                    command.substring(PROMPT.length()),
                                    outputs.get(i).toString()));
        }
    }
}
