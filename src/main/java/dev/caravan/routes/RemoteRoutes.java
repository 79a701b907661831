package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.routes.files.RoutesDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The route files of a cluster, for the commands {@code --push} and {@code --pull}: over the REST API of one of its nodes. */
final class RemoteRoutes {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(10);
    /** Longer than any publication takes. */
    private static final Duration ANSWER = Duration.ofMinutes(2);

    private static final int OK = 200;

    private final URI node;
    private final String authorization;
    private final PrintStream out;

    /** @param user null for nobody */
    RemoteRoutes(URI node, String user, String password, PrintStream out) {
        this.node = node;
        this.authorization = user == null
                ? null
                : "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
        this.out = out;
    }

    /**
     * Makes the files of a directory those of all nodes; false if they were rejected.
     *
     * @param force whether the tests among them do not run
     */
    boolean push(Path directory, String why, boolean force) throws IOException, InterruptedException {
        ObjectNode publication = publication(directory, why).put("force", force);
        HttpResponse<String> response = send(HttpRequest.newBuilder(uri("/routes/publications"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(publication.toString())));
        JsonNode answer = json(response);
        if (response.statusCode() != OK) {
            return refused(response, answer);
        }
        out.println("Publication " + answer.get("publication") + ": "
                + publication.get("files").size() + " files");
        boolean all = true;
        for (JsonNode state : answer.get("nodes")) {
            boolean runs =
                    state.get("runs").longValue() >= answer.get("publication").longValue();
            all &= runs;
            out.println("  " + state.get("name").textValue() + (runs ? " runs it" : " does not run it"));
            state.path("failed").forEach(problem -> out.println("    " + line(problem)));
        }
        return all;
    }

    /** Stores the files of a directory as a draft, which somebody publishes later; false if they were rejected. */
    boolean store(Path directory, String why, String draft) throws IOException, InterruptedException {
        ObjectNode publication = publication(directory, why);
        HttpResponse<String> response =
                send(HttpRequest.newBuilder(uri("/routes/drafts/" + URLEncoder.encode(draft, UTF_8)))
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(publication.toString())));
        JsonNode answer = json(response);
        if (response.statusCode() != OK) {
            return refused(response, answer);
        }
        out.println("Draft " + draft + ", revision " + answer.get("revision").textValue() + ": "
                + publication.get("files").size() + " files");
        return true;
    }

    private static ObjectNode publication(Path directory, String why) throws IOException {
        ObjectNode publication = JSON.createObjectNode().put("whole", true).put("why", why);
        ObjectNode files = publication.putObject("files");
        read(directory(directory)).forEach((name, text) -> files.put(name, new String(text, UTF_8)));
        return publication;
    }

    /** Makes the route files of a directory those that all nodes run; false if they could not be read. */
    boolean pull(Path directory) throws IOException, InterruptedException {
        HttpResponse<String> list = send(HttpRequest.newBuilder(uri("/routes/publications")));
        if (list.statusCode() != OK) {
            return refused(list, json(list));
        }
        String current = json(list).get("current").toString();
        HttpResponse<String> response = send(HttpRequest.newBuilder(uri("/routes/publications/" + current)));
        if (response.statusCode() != OK) {
            return refused(response, json(response));
        }
        JsonNode files = json(response).get("files");
        Files.createDirectories(directory);
        RoutesDirectory local = directory(directory);
        Map<String, byte[]> before = read(local);
        for (Iterator<String> names = files.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!RoutesDirectory.isNameOfAny(name)) { // whatever the node says: no way leads out of the directory
                throw new IOException("the node has a file with a name that none can have");
            }
            byte[] text = files.get(name).textValue().getBytes(UTF_8);
            if (!Arrays.equals(text, before.get(name))) {
                local.write(name, text);
            }
        }
        Set<String> gone = new TreeSet<>(before.keySet());
        gone.removeIf(files::has);
        for (String name : gone) {
            local.delete(name);
        }
        out.println("Publication " + current + ": " + files.size() + " files in " + directory
                + (gone.isEmpty() ? "" : ", without " + String.join(", ", gone)));
        return true;
    }

    /** Route files, and the tests beside them. */
    private static Map<String, byte[]> read(RoutesDirectory directory) throws IOException {
        Map<String, byte[]> files = new TreeMap<>(directory.read());
        files.putAll(directory.readTests());
        return files;
    }

    private static RoutesDirectory directory(Path path) {
        return new RoutesDirectory(path, Integer.MAX_VALUE - 1L, Integer.MAX_VALUE, Map.of());
    }

    private URI uri(String path) {
        return URI.create(node.toString().replaceAll("/+$", "") + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .build();
        return client.send(request.timeout(ANSWER).build(), BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new IOException("the server answers " + response.statusCode() + ", but not as Caravan does", e);
        }
    }

    private boolean refused(HttpResponse<String> response, JsonNode problem) {
        out.println(response.statusCode() + " "
                + problem.path("detail").asText(problem.path("title").asText("no reason given")));
        problem.path("problems").forEach(one -> out.println("  " + line(one)));
        return false;
    }

    private static String line(JsonNode problem) {
        return problem.path("file").asText()
                + (problem.has("line") ? ":" + problem.get("line") : "")
                + ": " + problem.path("reason").asText();
    }
}
