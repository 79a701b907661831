package dev.caravan.bench.limit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** {@code POST /jobs}. The thread of Jetty's selector reads requests and writes responses, many of them in a row. */
final class Http extends Handler.Abstract.NonBlocking {
    private static final String LOGIN = "Basic " + Base64.getEncoder().encodeToString("guest:guest".getBytes(UTF_8));
    private static final int MAX_PAYLOAD = 1 << 20;
    private static final HttpField JSON = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "application/json");
    /** The headers that each response of Caravan has. */
    private static final List<HttpField> SECURITY = List.of(
            new PreEncodedHttpField("X-Content-Type-Options", "nosniff"),
            new PreEncodedHttpField("X-Frame-Options", "DENY"),
            new PreEncodedHttpField("Referrer-Policy", "same-origin"),
            new PreEncodedHttpField("Cross-Origin-Opener-Policy", "same-origin"),
            new PreEncodedHttpField(
                    "Content-Security-Policy",
                    "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none';"
                            + " base-uri 'self'; form-action 'self'; frame-ancestors 'none'"),
            new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store"));

    private final Store store;
    private final ManagedSelector selector;
    private final AtomicBoolean handsOver = new AtomicBoolean();
    private final AtomicBoolean responds = new AtomicBoolean();
    private final Queue<Job> responses = new ConcurrentLinkedQueue<>();

    Http(int port, Store store) throws Exception {
        this.store = store;
        QueuedThreadPool threads = new QueuedThreadPool(8, 4);
        threads.setReservedThreads(0);
        // After a response, Jetty would have another thread look for the next request of that connection.
        Executor executor = task -> {
            if (task instanceof Connection) {
                task.run();
            } else {
                threads.execute(task);
            }
        };
        Server server = new Server(threads);
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        ServerConnector connector =
                new ServerConnector(server, executor, null, null, 1, 1, new HttpConnectionFactory(configuration));
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        server.setHandler(this);
        server.start();
        selector = connector
                .getSelectorManager()
                .getBeans(ManagedSelector.class)
                .iterator()
                .next();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        if (!LOGIN.equals(request.getHeaders().get(HttpHeader.AUTHORIZATION))) {
            Response.writeError(request, response, callback, 401);
        } else if (!Request.getPathInContext(request).equals("/jobs")) {
            Response.writeError(request, response, callback, 404);
        } else if (!request.getMethod().equals("POST")) {
            Response.writeError(request, response, callback, 405);
        } else if (request.getLength() == 0) {
            submit(Job.submitted(new byte[0], response, callback));
        } else if (request.getLength() > MAX_PAYLOAD) {
            Response.writeError(request, response, callback, 413);
        } else {
            Content.Source.asByteBuffer(
                    request,
                    Promise.from(
                            body -> {
                                if (isJson(BufferUtil.toString(body, UTF_8))) {
                                    submit(Job.submitted(BufferUtil.toArray(body), response, callback));
                                } else {
                                    Response.writeError(request, response, callback, 400);
                                }
                            },
                            callback::failed));
        }
        return true;
    }

    private static boolean isJson(String text) {
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            reader.setStrictness(Strictness.STRICT);
            reader.skipValue();
            return reader.peek() == JsonToken.END_DOCUMENT;
        } catch (IOException | JsonParseException | IllegalStateException e) {
            return false;
        }
    }

    private void submit(Job job) {
        if (!store.offer(job)) {
            respond(job, 503);
            wake();
        } else if (handsOver.compareAndSet(false, true)) {
            selector.submit(afterThisRound -> {
                handsOver.set(false);
                store.wake();
            });
        }
    }

    /** Adds the response for the next {@link #wake}. */
    void respond(Job job, int status) {
        job.status = status;
        responses.add(job);
    }

    void wake() {
        if (!responses.isEmpty() && responds.compareAndSet(false, true)) {
            selector.submit(s -> {
                responds.set(false);
                for (Job job = responses.poll(); job != null; job = responses.poll()) {
                    write(job);
                }
            });
        }
    }

    private static void write(Job job) {
        job.response.setStatus(job.status);
        SECURITY.forEach(job.response.getHeaders()::add);
        if (job.status == 202) {
            job.response.getHeaders().add(HttpHeader.LOCATION, "/jobs/" + new String(job.id, UTF_8));
            job.response.getHeaders().add(JSON);
            job.response.write(true, ByteBuffer.wrap(job.accepted()), job.callback);
        } else {
            job.response.write(true, BufferUtil.EMPTY_BUFFER, job.callback);
        }
    }
}
