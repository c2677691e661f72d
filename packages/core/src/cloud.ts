export type {
  AwsCredentialIdentity,
  AzureAccessToken,
  AzureTokenCredential,
  GoogleAuthClient,
  ProviderOptions,
} from './cloud-providers.ts'
export { awsCredentialProvider, azureTokenCredential, googleAuthClient } from './cloud-providers.ts'
