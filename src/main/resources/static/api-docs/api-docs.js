// Shows /openapi.yaml with Swagger UI. Everything comes from this server: no validator badge, no fonts from elsewhere.
import { token } from "../dashboard/api.js";

// What a session must send along with whatever changes something; no other server gets it.
function withToken(request) {
  if (new URL(request.url, document.baseURI).origin === location.origin) {
    request.headers["X-XSRF-TOKEN"] = token();
  }
  return request;
}

await fetch("../me"); // with it comes the cookie that has the token
SwaggerUIBundle({
  url: new URL("../openapi.yaml", document.baseURI).href,
  dom_id: "#api-docs",
  deepLinking: true,
  defaultModelsExpandDepth: 1,
  displayRequestDuration: true,
  docExpansion: "list",
  requestInterceptor: withToken,
  tryItOutEnabled: true,
  validatorUrl: null,
});
