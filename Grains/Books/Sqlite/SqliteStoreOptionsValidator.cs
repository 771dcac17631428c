using Microsoft.Extensions.Options;

namespace OrleansGateway;

[OptionsValidator]
internal sealed partial class SqliteStoreOptionsValidator : IValidateOptions<SqliteStoreOptions>;
