package dev.caravan.routes.trial;

import net.thisptr.jackson.jq.BuiltinFunctionLoader;
import net.thisptr.jackson.jq.Function;
import net.thisptr.jackson.jq.Scope;
import net.thisptr.jackson.jq.Versions;
import net.thisptr.jackson.jq.module.loaders.BuiltinModuleLoader;

/** The functions of jq in a trial: one that goes on for long ends with the trial, and none knows secrets. */
final class TriedJq {
    private final Recording recording;

    TriedJq(Recording recording) {
        this.recording = recording;
    }

    Scope scope() {
        Scope scope = Scope.newEmptyScope();
        scope.setModuleLoader(BuiltinModuleLoader.getInstance());
        BuiltinFunctionLoader.getInstance()
                .listFunctions(Versions.JQ_1_7, scope)
                .forEach((name, function) -> scope.addFunction(name, ending(function)));
        scope.addFunction(
                "env",
                0,
                (of, arguments, in, path, out, version) ->
                        out.emit(of.getObjectMapper().valueToTree(Secrets.environment()), null));
        return scope;
    }

    /** What is called, and what has results, is called again and again by whatever goes on for ever. */
    private Function ending(Function function) {
        return (of, arguments, in, path, out, version) -> {
            recording.requireGoing();
            function.apply(
                    of,
                    arguments,
                    in,
                    path,
                    (result, at) -> {
                        recording.requireGoing();
                        out.emit(result, at);
                    },
                    version);
        };
    }
}
