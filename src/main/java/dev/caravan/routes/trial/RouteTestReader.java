package dev.caravan.routes.trial;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.caravan.node.Nearest;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.files.YamlText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.constructor.StandardConstructor;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads a file with tests: a list of cases. A value that is no text stands for its JSON. */
final class RouteTestReader {
    private static final int MAX_CASES = 1000;
    private static final Set<String> KEYS =
            Set.of("name", "route", "payload", "headers", "stubs", "failures", "result", "error");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String file;
    private final List<RouteProblem> problems = new ArrayList<>();

    private RouteTestReader(String file) {
        this.file = file;
    }

    /** @throws RoutesRejected with everything that is wrong */
    static List<RouteTest> read(String file, byte[] bytes, long maxSize) throws RoutesRejected {
        Node root = YamlText.read(file, bytes, maxSize).root();
        if (!(root instanceof SequenceNode list) || list.getValue().isEmpty()) {
            throw new RoutesRejected(
                    new RouteProblem(file, 1, null, null, "must be a list of cases, each beginning with \"- name:\""));
        }
        if (list.getValue().size() > MAX_CASES) {
            throw new RoutesRejected(RouteProblem.of(file, "has more than " + MAX_CASES + " cases"));
        }
        RouteTestReader reader = new RouteTestReader(file);
        List<RouteTest> tests = new ArrayList<>();
        list.getValue().forEach(node -> reader.read(node).ifPresent(tests::add));
        if (!reader.problems.isEmpty()) {
            throw new RoutesRejected(reader.problems);
        }
        return tests;
    }

    private Optional<RouteTest> read(Node node) {
        if (!(node instanceof MappingNode mapping)) {
            problem(node, "must be a case that begins with \"- name:\"", null);
            return Optional.empty();
        }
        Map<String, Node> values = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (!KEYS.contains(key)) {
                problem(tuple.getKeyNode(), "unknown option \"" + key + "\" of a case", Nearest.to(key, KEYS));
            }
            values.put(key, tuple.getValueNode());
        }
        String name = text(values.get("name"));
        if (name == null || name.isBlank()) {
            problem(node, "a case needs a name", null);
        }
        if (values.containsKey("result") && values.containsKey("error")) {
            problem(node, "a case has a result or an error, not both", null);
        }
        String payload = values.containsKey("payload") ? text(values.get("payload")) : "{}"; // as a job without one
        TrialRequest request = new TrialRequest(
                text(values.get("route")),
                payload,
                texts(values.get("headers")),
                texts(values.get("stubs")),
                texts(values.get("failures")));
        String error = values.containsKey("error") ? String.valueOf(text(values.get("error"))) : null;
        String result = values.containsKey("result") ? String.valueOf(text(values.get("result"))) : null;
        return Optional.of(new RouteTest(name, line(node), request, result, error));
    }

    private Map<String, String> texts(Node node) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                texts.put(String.valueOf(text(tuple.getKeyNode())), text(tuple.getValueNode()));
            }
        } else if (node != null) {
            problem(node, "must be a map", null);
        }
        return texts;
    }

    /** A text as it is, null as null, anything else as JSON. */
    private String text(Node node) {
        if (node == null) {
            return null;
        }
        try {
            Object value =
                    new StandardConstructor(LoadSettings.builder().build()).constructSingleDocument(Optional.of(node));
            return value == null || value instanceof String ? (String) value : JSON.writeValueAsString(value);
        } catch (YamlEngineException | JsonProcessingException e) {
            problem(node, "cannot be read: " + e.getMessage(), null);
            return null;
        }
    }

    private void problem(Node node, String reason, String suggestion) {
        int column = node.getStartMark().orElseThrow().getColumn() + 1;
        problems.add(new RouteProblem(file, line(node), column, null, reason, null, suggestion));
    }

    private static int line(Node node) {
        return node.getStartMark().orElseThrow().getLine() + 1;
    }
}
