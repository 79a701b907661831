// Shows /openapi.yaml with Swagger UI. Everything comes from this server: no validator badge, no fonts from elsewhere.
SwaggerUIBundle({
  url: new URL("../openapi.yaml", document.baseURI).href,
  dom_id: "#api-docs",
  deepLinking: true,
  defaultModelsExpandDepth: 1,
  displayRequestDuration: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  validatorUrl: null,
});
