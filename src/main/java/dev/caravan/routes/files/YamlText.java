package dev.caravan.routes.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A text of YAML whose size and depth are bounded, written out without aliases.
 *
 * @param root null if the text is empty
 */
public record YamlText(String text, Node root) {
    private static final int MAX_DEPTH = 64;

    /**
     * @param name of the file, for the problems
     * @param maxSize in bytes
     * @throws RoutesRejected if it is no such text
     */
    public static YamlText read(String name, byte[] bytes, long maxSize) throws RoutesRejected {
        if (bytes.length > maxSize) {
            throw rejected(name, null, null, "is larger than " + maxSize + " bytes (caravan.routes.max-file-size)");
        }
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            LoadSettings settings = settings(name, text);
            boundDepth(name, text, settings);
            return new YamlText(text, new Compose(settings).composeString(text).orElse(null));
        } catch (CharacterCodingException e) {
            throw rejected(name, null, null, "is not UTF-8 text");
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark();
            throw rejected(name, line(mark), column(mark), "is not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw rejected(name, null, null, "is not YAML: " + e.getMessage());
        }
    }

    /**
     * How a text whose size is bounded is read: in one go, since SnakeYAML fails at an emoji that stands at the end of one of its
     * buffers.
     */
    public static LoadSettings settings(String name, String text) {
        return LoadSettings.builder()
                .setLabel(name)
                .setCodePointLimit(Integer.MAX_VALUE)
                .setBufferSize(Math.max(1, text.length()))
                .build();
    }

    /** Event by event, so that what nests too deep is found before anything recurses into it. */
    private static void boundDepth(String name, String text, LoadSettings settings) throws RoutesRejected {
        int depth = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                case Alias ->
                    throw rejected(
                            name,
                            line(event.getStartMark()),
                            column(event.getStartMark()),
                            "uses an alias (*); route files are written out");
                default -> {}
            }
            if (depth > MAX_DEPTH) {
                throw rejected(
                        name,
                        line(event.getStartMark()),
                        column(event.getStartMark()),
                        "is nested deeper than " + MAX_DEPTH + " levels");
            }
        }
    }

    private static RoutesRejected rejected(String name, Integer line, Integer column, String reason) {
        return new RoutesRejected(new RouteProblem(name, line, column, null, reason));
    }

    private static Integer line(Optional<Mark> mark) {
        return mark.map(at -> at.getLine() + 1).orElse(null);
    }

    private static Integer column(Optional<Mark> mark) {
        return mark.map(at -> at.getColumn() + 1).orElse(null);
    }
}
