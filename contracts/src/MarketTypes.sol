// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// EIP-712 type hashes of the market, under the domain {name: "privd Market", version: "1", chainId, verifyingContract}.

bytes32 constant ORDER_TYPEHASH = keccak256(
    "Order(address seller,address sealer,bytes32 listing,bytes32 manifest,bytes32 keyCommitment,uint256 price,uint64 version,uint64 expiry)"
);

bytes32 constant TERMS_TYPEHASH = keccak256(
    "Terms(address buyer,address delegate,bytes32 recipient,uint32 accessDays,uint32 deliveryWindow,uint64 payBy,bytes32 salt)"
);

bytes32 constant OFFER_TYPEHASH = keccak256(
    "Offer(Order order,Terms terms)"
    "Order(address seller,address sealer,bytes32 listing,bytes32 manifest,bytes32 keyCommitment,uint256 price,uint64 version,uint64 expiry)"
    "Terms(address buyer,address delegate,bytes32 recipient,uint32 accessDays,uint32 deliveryWindow,uint64 payBy,bytes32 salt)"
);

bytes32 constant DELIVERY_TYPEHASH =
    keccak256("Delivery(bytes32 offer,bytes32 keyCommitment,bytes32 sealedHash,bytes32 lock)");

bytes32 constant PURCHASE_TYPEHASH = keccak256(
    "Purchase(address seller,address buyer,address delegate,bytes32 listing,Delivery delivery)"
    "Delivery(bytes32 offer,bytes32 keyCommitment,bytes32 sealedHash,bytes32 lock)"
);

bytes32 constant RECEIPT_TYPEHASH = keccak256("Receipt(bytes32 purchase,uint64 openedAt)");

bytes32 constant RETIRE_TYPEHASH = keccak256("Retire(address seller,bytes32 listing,uint64 version)");
