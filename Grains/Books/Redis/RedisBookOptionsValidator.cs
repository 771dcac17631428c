using Microsoft.Extensions.Options;

namespace OrleansGateway;

[OptionsValidator]
internal sealed partial class RedisBookOptionsValidator : IValidateOptions<RedisBookOptions>;
